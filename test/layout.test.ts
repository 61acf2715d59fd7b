// What stands where, and who may import whom. A new package is a line in `mayImport`.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listPackages } from './support/packages.mjs'
import {
  importsOf,
  importsReachedFrom,
  looseTypesIn,
  sourceFilesUnder,
  suitesNeverRun,
} from './support/source-file.ts'

const mayImport: Readonly<Record<string, readonly string[]>> = {
  body: [],
  filter: ['body'],
  stack: ['body', 'filter'],
  'chunked-input': ['body', 'filter', 'stack'],
  flush: ['body', 'filter', 'stack'],
  pause: ['body', 'filter'],
  'write-buffering': ['body', 'filter', 'stack'],
  compress: ['body', 'filter', 'stack'],
  server: ['body', 'filter', 'stack', 'chunked-input'],
  blocking: ['body', 'stack'],
  laws: ['body'],
}

// These depend on nothing but each other and ts-pattern.
const core = ['body', 'filter', 'stack', 'chunked-input', 'flush', 'pause', 'write-buffering']

// Everything else runs wherever the web platform's types do.
const entriesOnNode = [
  'packages/server/src/index.ts',
  'packages/compress/src/index.ts',
  'packages/blocking/src/index.ts',
  'packages/write-buffering/src/spool.ts',
]

const atTheTop = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'build.mjs',
  'examples',
  'package-lock.json',
  'package.json',
  'packages',
  'test',
  'tsconfig.json',
]

const readmeSections = ['Install', 'Use', 'API', 'Errors', 'Does not', 'Sources']

const packages = listPackages()

const filesInGit = (): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'])
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(file))

/** The package an import names: `@sluice/server/http1` is `@sluice/server`. */
const packageNamed = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

const packagesImportedBy = (folder: string): readonly string[] => {
  const names = sourceFilesUnder(join(folder, 'src')).flatMap(importsOf)
  const foreign = names.filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
  return [...new Set(foreign.map(packageNamed))].sort()
}

const repository = suite('repository')

repository('the top level holds only what is named, and dotfiles', () => {
  const top = new Set(filesInGit().map((file) => file.split('/')[0] ?? ''))
  const others = [...top].filter((name) => !name.startsWith('.') && !atTheTop.includes(name))
  assert.equal(others, [])
})

repository('nothing that was built is in git', () => {
  const built = execFileSync('git', ['ls-files', '-z', '*/dist/*', 'node_modules/*'])
  assert.is(built.toString(), '')
})

repository('every package is in the table of who may import whom', () => {
  const unknown = packages.filter(({ name }) => !Object.hasOwn(mayImport, name))
  assert.equal(
    unknown.map(({ name }) => name),
    [],
  )
})

repository('every suite of every test file is run', () => {
  const files = sourceFilesUnder('test').filter((file) => file.endsWith('.test.ts'))
  const neverRun = files.flatMap((file) => suitesNeverRun(file).map((name) => `${file}: ${name}`))
  assert.equal(neverRun, [])
})

repository.run()

for (const { name, folder, manifest, entries } of packages) {
  const each = suite(folder)
  const source = join(folder, 'src')

  each('imports only the packages its line in the table names', () => {
    const siblings = packagesImportedBy(folder).filter((from) => from.startsWith('@sluice/'))
    const allowed = mayImport[name]?.map((to) => `@sluice/${to}`) ?? []
    assert.equal(
      siblings.filter((from) => !allowed.includes(from)),
      [],
    )
  })

  each('depends on what it imports, and on nothing else', () => {
    assert.equal(Object.keys(manifest.dependencies ?? {}).sort(), packagesImportedBy(folder))
  })

  each('a core package takes no library but ts-pattern', () => {
    if (!core.includes(name)) return
    const libraries = packagesImportedBy(folder).filter((from) => !from.startsWith('@sluice/'))
    assert.equal(
      libraries.filter((from) => from !== 'ts-pattern'),
      [],
    )
  })

  for (const entry of entries.map((path) => join(folder, path))) {
    if (entriesOnNode.includes(entry)) continue
    each(`${basename(entry)} reaches no node: module`, () => {
      const reached = [...importsReachedFrom(entry)]
      const onNode = reached.filter(([, names]) => names.some((from) => from.startsWith('node:')))
      assert.equal(
        onNode.map(([file]) => file),
        [],
      )
    })
  }

  each('holds no any, no non-null !, no cast, and instanceof only for errors', () => {
    assert.equal(sourceFilesUnder(source).flatMap(looseTypesIn), [])
  })

  each('has the manifest of a package of ours', () => {
    assert.is(manifest.name, `@sluice/${name}`)
    assert.match(manifest.version, /^\d+\.\d+\.\d+$/)
    assert.ok(manifest.description.length > 20)
    assert.is(manifest.license, 'MIT')
    assert.is(manifest.type, 'module')
    assert.is(manifest.sideEffects, false)
    assert.equal(manifest.files, ['dist', 'src', 'CHANGELOG.md'])
    assert.equal(manifest.engines, { node: '^20.19.0 || >=22.12.0' })
    assert.is(manifest.private, undefined)
    assert.is(manifest.scripts, undefined)
  })

  each('exports types first, source at home, dist elsewhere, and package.json', () => {
    const { './package.json': own, ...rest } = manifest.exports
    assert.is(own, './package.json')
    for (const [path, target] of Object.entries(rest)) {
      const file = path === '.' ? 'index' : path.slice(2)
      const wanted = {
        types: { '@sluice/source': `./src/${file}.ts`, default: `./dist/${file}.d.ts` },
        '@sluice/source': `./src/${file}.ts`,
        default: `./dist/${file}.js`,
      }
      // As text: the order of conditions decides, and equal() does not see it.
      assert.is(JSON.stringify(target), JSON.stringify(wanted))
    }
  })

  each('has a README of under 120 lines with its six sections in order', () => {
    const lines = readFileSync(join(folder, 'README.md'), 'utf8').trimEnd().split('\n')
    const sections = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))
    assert.ok(lines.length < 120, `${lines.length} lines`)
    assert.equal(
      sections.filter((title) => readmeSections.includes(title)),
      readmeSections,
    )
  })

  each('has a CHANGELOG with an Unreleased section', () => {
    assert.match(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8'), /^## Unreleased$/m)
  })

  each('was built from its own source only: no other package is inside', () => {
    const maps = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })
      .filter((file) => file.name.endsWith('.js.map'))
      .map((file) => join(file.parentPath, file.name))
    assert.ok(maps.length >= entries.length)
    for (const map of maps) {
      const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(map, 'utf8'))
      const foreign = sources.filter((path) => !/^(\.\.\/)+src\//.test(path))
      assert.equal(foreign, [], map)
      const hasBodyError = /\bBodyError = class\b|\bclass BodyError\b/.test(
        readFileSync(map.slice(0, -'.map'.length), 'utf8'),
      )
      assert.ok(name === 'body' || !hasBodyError, map)
    }
  })

  each.run()
}
