import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from './run-process.mjs'

const isInstalled = (folder) => {
  const packagesIn = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')).packages
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) return false
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || optional,
  )
}

/**
 * Installs what a folder with a lock file of its own needs, on first use. No install script runs: none is needed.
 *
 * @throws {Error} If npm cannot, with what it said.
 */
export const installFolder = async (folder) => {
  if (isInstalled(folder)) return
  console.log(`installing what is missing: npm ci in ${folder}`)
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProcess('npm', npm, { seconds: 900, cwd: folder })
  if (code !== 0) throw new Error(`Cannot install ${folder}: ${output}`)
}
