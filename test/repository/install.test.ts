// @seconds 600
// @slow 27
// @declarations
// What users get: the tarballs, installed in an empty folder, imported by Node and read by their TypeScript.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  compilers,
  complaintsOf,
  isOnNode,
  platforms,
  resolutions,
} from '../support/repository/consumers.ts'
import { installPackages } from '../support/repository/installed-packages.ts'
import { listPackages } from '../support/runner/packages.mjs'
import { runProcess } from '../support/runner/run-process.mjs'

const packages = listPackages()

const importNames = packages.flatMap(({ manifest }) =>
  Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1)),
)

const { folder, tarballs, discard } = await installPackages()

const installs = suite('install: the tarballs')

for (const { name, folder: source } of packages)
  installs(
    `@sluice/${name} holds its dist, src, README, CHANGELOG, LICENSE and other pages, and no tests`,
    () => {
      const names = readdirSync(join(folder, 'node_modules/@sluice', name)).sort()
      const pages = readdirSync(source).filter((file) => file.endsWith('.md'))
      assert.equal(names, [...pages, 'LICENSE', 'dist', 'package.json', 'src'].sort())
    },
  )

for (const name of importNames)
  installs(`${name} is imported by Node and exports something`, async () => {
    const program = `const names = Object.keys(await import('${name}'))
      if (names.length === 0 || names.includes('default')) throw new Error(names.join())`
    const args = ['--input-type=module', '--eval', program]
    const { code, output } = await runProcess(process.execPath, args, { cwd: folder })
    assert.is(code, 0, output)
  })

installs('there is one copy of each package', () => {
  const nested = readdirSync(join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' })
  const inner = nested.filter((path) => /node_modules/.test(path))
  assert.equal(inner, [])
})

installs.run()

const types = suite('install: the declarations')

// Declarations are checked too, here alone, which takes seconds a program: block-types.test.ts has Node and the web together.
const eitherPlatform = platforms.filter(({ platform }) => !platform.includes(' and '))

const settings = resolutions.flatMap(({ resolution, options }) =>
  eitherPlatform.map(({ platform, hasNode, options: types }) => ({
    title: `${resolution}, with ${platform}`,
    files: [hasNode ? 'consumer.ts' : 'web-consumer.ts'],
    options: { ...options, ...types, skipLibCheck: false },
  })),
)
const importAll = (names: readonly string[]): string =>
  names.map((name, index) => `export * as p${index} from '${name}'\n`).join('')
writeFileSync(join(folder, 'consumer.ts'), importAll(importNames))
writeFileSync(
  join(folder, 'web-consumer.ts'),
  importAll(importNames.filter((name) => !isOnNode(name))),
)

for (const each of compilers) {
  // Not before the first test asks: what is awaited between two suites would split uvu's totals.
  let checking: ReturnType<typeof complaintsOf> | undefined
  for (const [index, { title }] of settings.entries())
    types(`${each.compiler}, ${title}`, async () => {
      checking ??= complaintsOf(each, folder, settings)
      assert.equal((await checking)[index], [])
    })
}

types.run()

const published = suite('install: what the checkers of packages say')

for (const { manifest } of packages) {
  published(`publint has nothing to say of ${manifest.name}`, async () => {
    const pkgDir = join(folder, 'node_modules', manifest.name)
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true })
    assert.equal(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    )
  })

  published(`are-the-types-wrong has nothing to say of ${manifest.name}`, async () => {
    const tarball = new Uint8Array(readFileSync(tarballs.get(manifest.name) ?? ''))
    const result = await checkPackage(createPackageFromTarballData(tarball))
    assert.ok(result.types)
    // Packages are ESM only: require() and the resolution of Node 10 are not promised to work.
    const notPromised = ['node10', 'node16-cjs']
    const problems = result.problems.filter(
      (problem) => !('resolutionKind' in problem && notPromised.includes(problem.resolutionKind)),
    )
    assert.equal(problems, [])
  })
}

published.after(discard)
published.run()
