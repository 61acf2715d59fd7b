// @seconds 400
// @slow 25
// @installs test/hosts
// The examples copied out of the repository, installed there from tarballs by what their manifests name, and started.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleNames } from '../support/repository/example-names.ts'
import { installTarballs, packPackages } from '../support/repository/installed-packages.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { importsOf, packageNamed } from '../support/repository/source-file.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

/** Those that the tests of hosts use. */
const frameworks = 'test/hosts/node_modules'

const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-copied-')

const tarballs = await packPackages(join(scratch, 'tarballs'))

const names = exampleNames().filter((name) => name !== 'showcase')

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The packages that the programs of a folder import. */
const importedBy = (folder: string): readonly string[] => {
  const programs = readdirSync(folder).filter((file) => /\.[jt]s$/.test(file))
  const imported = programs.flatMap((file) => importsOf(join(folder, file)))
  return imported.filter((each) => !/^(\.|node:)/.test(each)).map(packageNamed)
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join('examples', name, 'package.json'), 'utf8'))

/** What manifests name beside our own packages, if it is installed here: what is not is among the frameworks. */
const librariesNamed = (): readonly string[] =>
  names
    .map(manifestOf)
    .flatMap(({ dependencies, devDependencies }) =>
      Object.keys({ ...dependencies, ...devDependencies }),
    )
    .filter((name) => existsSync(join('node_modules', name)) && !name.startsWith('@sluice/'))

/** With all that they depend on. tsx compiles by esbuild, and that is a binary for this machine. */
const withDependencies = (wanted: readonly string[]): ReadonlySet<string> => {
  const binaries = readdirSync('node_modules/@esbuild').map((name) => `@esbuild/${name}`)
  const found = new Set([...wanted, ...binaries])
  // A set gives what is added while it is looked through.
  for (const name of found) {
    const { dependencies = {} }: Manifest = JSON.parse(
      readFileSync(join('node_modules', name, 'package.json'), 'utf8'),
    )
    for (const each of Object.keys(dependencies)) found.add(each)
  }
  return found
}

/** Keeps the links of `node_modules/.bin` as they are. */
const links = { recursive: true, verbatimSymlinks: true }

/**
 * Copies all examples out, as workspaces of one folder, so that npm installs what their manifests name once. What npm finds installed
 * it does not ask the network for.
 */
const installCopies = async (): Promise<void> => {
  const filter = (path: string) => !path.includes('node_modules')
  for (const name of names)
    cpSync(join('examples', name), join(scratch, name), { recursive: true, filter })
  cpSync(frameworks, join(scratch, 'node_modules'), links)
  for (const name of withDependencies(librariesNamed()))
    cpSync(join('node_modules', name), join(scratch, 'node_modules', name), links)
  const manifest = { name: 'copied', private: true, workspaces: names }
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(manifest))
  await installTarballs(scratch, tarballs.values())
}

await installCopies()

const copied = suite('examples: copied out')

for (const name of names) {
  copied(`${name} names what it imports`, () => {
    const { dependencies = {}, devDependencies = {} } = manifestOf(name)
    assert.equal(
      importedBy(join(scratch, name)).filter((each) => !(each in dependencies)),
      [],
    )
    assert.ok('tsx' in devDependencies)
  })

  copied(`${name} starts, answers and ends`, async () => {
    const folder = join(scratch, name)
    const program = startProgram('npm', ['start'], { cwd: folder, env: { PORT: '0' } })
    const [, url = ''] = await program.printed(/curl .*(http:\S+)$/m)
    const controller = new AbortController()
    const response = await fetch(url, { signal: controller.signal })
    assert.is(response.status, 200)
    const first = await response.body?.getReader().read()
    assert.ok((first?.value?.length ?? 0) > 0)
    controller.abort()
    program.signal('SIGINT')
    await program.exited()
  })
}

copied.after(discard)
copied.run()
