import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { listPackages } from '../runner/packages.mjs'
import { runProcess } from '../runner/run-process.mjs'
import { scratchFolder } from '../runner/scratch-folder.mjs'

export interface Installed {
  /** A folder outside the repository, with every package installed from its tarball. */
  readonly folder: string
  /** Tarballs by package name, `@sluice/body`. */
  readonly tarballs: ReadonlyMap<string, string>
  readonly discard: () => void
}

const npm = async (args: readonly string[], cwd: string): Promise<void> => {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProcess('npm', [...args, ...quiet], { cwd, seconds: 240 })
  if (code !== 0) throw new Error(`Cannot npm ${args[0]}: ${output}`)
}

/** The name that npm gives a tarball. */
const tarballOf = (source: string): readonly [name: string, file: string] => {
  const { name, version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  return [name, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`]
}

const dependenciesOf = (source: string): readonly string[] => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  return Object.keys(dependencies).filter((name) => !name.startsWith('@sluice/'))
}

/** What packages need that is not from here, and what that needs in turn. */
const librariesNeeded = (): readonly string[] => {
  const needed = new Set(listPackages().flatMap(({ folder }) => dependenciesOf(folder)))
  // A set that grows while it is walked gives what was added, too.
  for (const name of needed)
    for (const further of dependenciesOf(join('node_modules', name))) needed.add(further)
  return [...needed]
}

/** Packs every package of this repository, the libraries they need, and those named, from node_modules; tarballs by name. */
export const packPackages = async (
  into: string,
  others: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> => {
  const packages = listPackages().map(({ folder }) => folder)
  const libraries = [...new Set([...librariesNeeded(), ...others])]
  const sources = [...packages, ...libraries.map((name) => join('node_modules', name))]
  mkdirSync(into, { recursive: true })
  const folders = sources.map((source) => resolve(source))
  await npm(['pack', ...folders, '--pack-destination', into], into)
  const tarballs = sources.map(tarballOf)
  return new Map(tarballs.map(([name, file]) => [name, join(into, file)]))
}

/** Installs tarballs, all at once, in a folder with a package.json. No network is asked. */
export const installTarballs = (folder: string, tarballs: Iterable<string>): Promise<void> =>
  npm(['install', '--offline', ...tarballs], folder)

/**
 * Packs every package and installs the tarballs, all at once, in an empty folder outside the repository.
 *
 * No network is asked: the libraries they need are packed from node_modules.
 */
export const installPackages = async (): Promise<Installed> => {
  const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-install-')
  const tarballs = await packPackages(join(scratch, 'tarballs'))
  const folder = join(scratch, 'consumer')
  mkdirSync(folder)
  const manifest = { name: 'consumer', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await installTarballs(folder, tarballs.values())
  return { folder, tarballs, discard }
}
