import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../../support/runner/run-process.mjs'

const folder = 'test/bench'

const packagesIn = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')).packages

const isInstalled = () => {
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) return false
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || optional,
  )
}

/** Installs the peers on first use, from their own lock file. No install script runs: none is needed. */
export const installPeers = async () => {
  if (isInstalled()) return
  console.log('installing the peers: npm ci in test/bench')
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProcess('npm', npm, { seconds: 900, cwd: folder })
  if (code !== 0) throw new Error(`Cannot install the peers: ${output}`)
}
