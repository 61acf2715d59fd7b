import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Lists the packages of this repository: folder, manifest, and its entries from name to source file. */
export const listPackages = () =>
  readdirSync('packages')
    .filter((name) => existsSync(join('packages', name, 'package.json')))
    .map((name) => {
      const folder = join('packages', name)
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const entries = Object.values(manifest.exports)
        .filter((target) => typeof target === 'object')
        .map((target) => target['@sluice/source'])
      return { name, folder, manifest, entries }
    })
