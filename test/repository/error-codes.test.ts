// packages/stack/ERRORS.md lists every code: it is compared with what the packages declare and throw.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourceFilesUnder } from '../support/repository/source-file.ts'
import { listPackages } from '../support/runner/packages.mjs'

interface Row {
  readonly code: string
  readonly status: number
  readonly declaredBy: string
  readonly thrownBy: readonly string[]
  readonly isForApplications: boolean
}

const packages = listPackages()

const codeOnly = (file: string): string =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')

const declared = packages.flatMap(({ name, folder }) => {
  const file = join(folder, 'src/errors.ts')
  if (!existsSync(file)) return []
  return [...codeOnly(file).matchAll(/^ +([A-Z][A-Z_]+): (\d+),$/gm)].map(
    ([, code = '', status]) => ({ code, status: Number(status), declaredBy: name }),
  )
})

/** The packages that make an error of a code, by the code: a name in capitals is the first argument of a call. */
const throwers = new Map<string, Set<string>>()
for (const { name, folder } of packages)
  for (const file of sourceFilesUnder(join(folder, 'src')))
    for (const [, code = ''] of codeOnly(file).matchAll(/\(\s*'([A-Z][A-Z_]+)'/g))
      throwers.set(code, (throwers.get(code) ?? new Set()).add(name))

const page = readFileSync('packages/stack/ERRORS.md', 'utf8')

const rows: readonly Row[] = page.split(/^## /m).flatMap((section) =>
  [...section.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| ([a-z-]+) \| ([a-z, -]*)\|/gm)].map(
    ([, code = '', status, declaredBy = '', thrownBy = '']) => ({
      code,
      status: Number(status),
      declaredBy,
      thrownBy: thrownBy.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()])),
      isForApplications: section.startsWith('For applications'),
    }),
  ),
)

const byCode = (a: { readonly code: string }, b: { readonly code: string }) =>
  a.code < b.code ? -1 : 1

const codes = suite('error codes')

codes('the page has the codes and statuses that the packages declare, and no others', () => {
  assert.ok(declared.length > 40)
  assert.equal(
    rows.map(({ code, status, declaredBy }) => ({ code, status, declaredBy })).sort(byCode),
    [...declared].sort(byCode),
  )
})

codes('a code is declared by one package', () => {
  const names = declared.map(({ code }) => code)
  assert.equal(
    names.filter((code, at) => names.indexOf(code) !== at),
    [],
  )
})

codes('every status is that of an error', () => {
  assert.equal(
    declared.filter(({ status }) => status < 400 || status > 599),
    [],
  )
})

codes('the page names the packages that throw a code', () => {
  for (const { code, thrownBy } of rows)
    assert.equal(thrownBy, [...(throwers.get(code) ?? [])].sort(), code)
})

codes('every code is thrown somewhere, except those for applications', () => {
  assert.equal(
    rows.filter(({ thrownBy, isForApplications }) => thrownBy.length === 0 && !isForApplications),
    [],
  )
})

codes('codes are declared in an errors.ts, where this test finds them', () => {
  const elsewhere = packages
    .flatMap(({ folder }) => sourceFilesUnder(join(folder, 'src')))
    .filter((file) => !/\/src\/errors\.ts$/.test(file))
    .filter((file) => /\b(?:errorsOf|httpErrorsOf)\(/.test(codeOnly(file)))
  assert.equal(elsewhere, [])
})

codes('every README links to the page', () => {
  for (const folder of ['.', ...packages.map((each) => each.folder)])
    assert.match(
      readFileSync(join(folder, 'README.md'), 'utf8'),
      /\((?:\S+\/)?ERRORS\.md\)/,
      folder,
    )
})

codes('a README names no code that is not on the page', () => {
  const known = new Set([...rows.map(({ code }) => code), 'LAW_BROKEN'])
  for (const { folder } of packages) {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const section = /^## Errors$([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
    const named = [...section.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => code)
    assert.equal(
      named.filter((code) => !known.has(code)),
      [],
      folder,
    )
  }
})

codes.run()
