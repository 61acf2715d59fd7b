import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { listPackages } from './packages.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'

export interface Installed {
  /** A folder outside the repository, with every package installed from its tarball. */
  readonly folder: string
  /** Tarballs by package name. */
  readonly tarballs: ReadonlyMap<string, string>
  readonly discard: () => void
}

const npm = async (args: readonly string[], cwd: string): Promise<void> => {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProcess('npm', [...args, ...quiet], { cwd, seconds: 240 })
  if (code !== 0) throw new Error(`Cannot npm ${args[0]}: ${output}`)
}

const pack = async (source: string, folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  await npm(['pack', resolve(source), '--pack-destination', folder], folder)
  const [tarball] = readdirSync(folder)
  if (tarball === undefined) throw new Error(`Cannot pack ${source}: npm made no tarball`)
  return join(folder, tarball)
}

/**
 * Packs every package and installs the tarballs, all at once, in an empty folder outside the repository.
 *
 * No network is asked: the one library they need is packed from node_modules.
 */
export const installPackages = async (): Promise<Installed> => {
  const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-install-')
  const tarballs = new Map<string, string>()
  for (const { name, folder } of listPackages())
    tarballs.set(name, await pack(folder, join(scratch, 'tarballs', name)))
  const library = await pack('node_modules/ts-pattern', join(scratch, 'tarballs', 'ts-pattern'))
  const folder = join(scratch, 'consumer')
  mkdirSync(folder)
  const manifest = { name: 'consumer', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await npm(['install', '--offline', ...tarballs.values(), library], folder)
  return { folder, tarballs, discard }
}
