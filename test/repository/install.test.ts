// @seconds 600
// What users get: the tarballs, installed in an empty folder, imported by Node and read by their TypeScript.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installPackages } from '../support/installed-packages.ts'
import { listPackages } from '../support/packages.mjs'
import { runProcess } from '../support/run-process.mjs'
import { importsReachedFrom } from '../support/source-file.ts'

const packages = listPackages()

const importNames = packages.flatMap(({ manifest }) =>
  Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1)),
)

/** Says whether an entry's declarations may need the types of Node. */
const isOnNode = (name: string): boolean => {
  const [, folder = '', ...path] = name.split('/')
  const reached = importsReachedFrom(['packages', folder, 'src', ...path, 'index.ts'].join('/'))
  return [...reached.values()].flat().some((from) => from.startsWith('node:'))
}

const compilers = [
  { compiler: 'TypeScript 5', script: resolve('node_modules/typescript5/bin/tsc') },
  { compiler: 'TypeScript 7', script: resolve('node_modules/typescript/bin/tsc') },
]

const resolutions = [
  { resolution: 'nodenext', module: 'nodenext' },
  { resolution: 'bundler', module: 'esnext' },
]

const platforms = [
  {
    platform: 'with the types of Node',
    names: importNames,
    options: { lib: ['es2023'], types: ['node'], typeRoots: [resolve('node_modules/@types')] },
  },
  {
    platform: 'with the types of the web alone',
    names: importNames.filter((name) => !isOnNode(name)),
    options: { lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [] },
  },
]

const { folder, tarballs, discard } = await installPackages()

const installs = suite('install: the tarballs')

for (const { name } of packages)
  installs(`@sluice/${name} holds its dist, src, README and CHANGELOG, and no tests`, () => {
    const names = readdirSync(join(folder, 'node_modules/@sluice', name)).sort()
    assert.equal(names, ['CHANGELOG.md', 'README.md', 'dist', 'package.json', 'src'])
  })

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

for (const { compiler, script } of compilers)
  for (const { resolution, module } of resolutions)
    for (const { platform, names, options } of platforms)
      types(`${compiler}, ${resolution}, ${platform}`, async () => {
        const lines = names.map((name, index) => `export * as p${index} from '${name}'\n`)
        writeFileSync(join(folder, 'consumer.ts'), lines.join(''))
        const compilerOptions = {
          ...options,
          module,
          moduleResolution: resolution,
          target: 'es2022',
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: false,
        }
        const config = { compilerOptions, files: ['consumer.ts'] }
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
        const run = await runProcess(process.execPath, [script, '-p', '.'], { cwd: folder })
        assert.is(run.code, 0, run.output)
      })

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
