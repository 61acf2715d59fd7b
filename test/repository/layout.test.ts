// What stands where, and who may import whom. A new package is a line in `mayImport`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  importsOf,
  importsReachedFrom,
  looseTypesIn,
  measuredTimesIn,
  packageNamed,
  sourceFilesUnder,
  suitesNeverRun,
} from '../support/repository/source-file.ts'
import { typeCheck } from '../support/repository/type-check.ts'
import { listPackages } from '../support/runner/packages.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { findTestFiles } from '../support/runner/test-files.mjs'

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
  node: ['body', 'filter', 'stack'],
  fetch: ['body', 'stack'],
  blocking: ['body', 'stack', 'write-buffering'],
  laws: ['body'],
  hub: ['body', 'pause', 'stack'],
  sse: ['body', 'flush', 'pause', 'stack'],
}

// These depend on nothing but each other and ts-pattern.
const core = ['body', 'filter', 'stack', 'chunked-input', 'flush', 'pause', 'write-buffering']

// Everything else runs wherever the web platform's types do.
const entriesOnNode = [
  'packages/server/src/index.ts',
  'packages/node/src/index.ts',
  'packages/compress/src/index.ts',
  'packages/blocking/src/index.ts',
  'packages/blocking/src/worker/index.ts',
  'packages/blocking/src/cgi/index.ts',
  'packages/write-buffering/src/spool/index.ts',
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

const packages = listPackages()

const filesInGit = (): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'])
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(file))

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

repository('every test file in git is one that the runner finds', () => {
  const files = filesInGit().filter((file) => /\.test\.[a-z]+$/.test(file))
  assert.equal([...findTestFiles()].sort(), [...files].sort())
})

repository('every suite of every test file is run', () => {
  const neverRun = findTestFiles().flatMap((file) =>
    suitesNeverRun(file).map((name) => `${file}: ${name}`),
  )
  assert.equal(neverRun, [])
})

repository('properties are tried by `holds`, which reads SLUICE_RUNS and SLUICE_SEED', () => {
  const own = /\bfc\.(assert|check|sample)\(|import \{.*\} from 'fast-check'|SLUICE_.*process\.env/
  const files = sourceFilesUnder('test').filter((file) => own.test(readFileSync(file, 'utf8')))
  assert.equal(files, ['test/support/holds.ts'])
})

repository('what does not run on Node alone compiles with the types of the web alone', async () => {
  const { folder, discard } = scratchFolder('node_modules/.cache/sluice', 'web-')
  // Node's, and asked for with `in` before it is used.
  writeFileSync(
    join(folder, 'also.d.ts'),
    'declare const setImmediate: (run: () => void) => unknown',
  )
  const entries = packages
    .flatMap((each) => each.entries.map((entry) => join(each.folder, entry)))
    .filter((entry) => !entriesOnNode.includes(entry))
    .map((entry) => relative(folder, entry))
  const lib = ['es2023', 'esnext.disposable', 'dom']
  const complaints = await typeCheck(folder, ['also.d.ts', ...entries], { lib, types: [] })
  discard()
  assert.equal([...complaints.values()], [])
})

repository(
  'http1 imports no node: module, and nothing around it but the errors of the package',
  () => {
    const folder = 'packages/server/src/http1'
    const outside = sourceFilesUnder(folder).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('node:') || name.startsWith('../'))
        .filter((name) => name !== '../errors.ts')
        .map((name) => `${file}: ${name}`),
    )
    assert.equal(outside, [])
  },
)

repository(
  'http1 has no variable of a module: what changes belongs to a parser or its context',
  () => {
    const variables = sourceFilesUnder('packages/server/src/http1').flatMap((file) =>
      (readFileSync(file, 'utf8').match(/^(?:export )?(?:let|var) \w+/gm) ?? []).map(
        (found) => `${file}: ${found}`,
      ),
    )
    assert.equal(variables, [])
  },
)

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

  each('holds no measured time in a comment: figures belong in test/bench/COSTS.md', () => {
    assert.equal(sourceFilesUnder(source).flatMap(measuredTimesIn), [])
  })

  each.run()
}
