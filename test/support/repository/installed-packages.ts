import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packFolders } from '../runner/pack-packages.mjs'
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

/** Packs every package of this repository and the libraries they need, from node_modules. */
const packAll = async (into: string): Promise<ReadonlyMap<string, string>> => {
  const packages = listPackages().map(({ folder }) => folder)
  const libraries = librariesNeeded().map((name) => join('node_modules', name))
  const tarballs = await packFolders([...packages, ...libraries], into)
  return new Map([...tarballs].map(([name, file]) => [name, join(into, file)]))
}

const installTarballs = async (folder: string, tarballs: Iterable<string>): Promise<void> => {
  const npm = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const args = [...npm, '--loglevel=error', ...tarballs]
  const { code, output } = await runProcess('npm', args, { cwd: folder, seconds: 240 })
  if (code !== 0) throw new Error(`Cannot install the tarballs: ${output}`)
}

/**
 * Packs every package and installs the tarballs, all at once, in an empty folder outside the repository.
 *
 * No network is asked: the libraries they need are packed from node_modules.
 */
export const installPackages = async (): Promise<Installed> => {
  const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-install-')
  const tarballs = await packAll(join(scratch, 'tarballs'))
  const folder = join(scratch, 'consumer')
  mkdirSync(folder)
  const manifest = { name: 'consumer', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await installTarballs(folder, tarballs.values())
  return { folder, tarballs, discard }
}
