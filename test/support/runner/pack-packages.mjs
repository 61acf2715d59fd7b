import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { listPackages } from './packages.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'

const cache = 'node_modules/.cache/sluice/tarballs'

/** All that a tarball may hold, and the manifest, which says what it does hold. */
const digestOf = (folder) => {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** The name that npm gives a tarball. */
const tarballName = ({ name, version }) =>
  `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`

/** Packages, and those of this repository that they need in turn. */
const withNeeded = (names) => {
  const packages = new Map(listPackages().map((each) => [each.manifest.name, each]))
  const needed = new Set(names)
  // A set gives what is added while it is looked through.
  for (const name of needed)
    for (const each of Object.keys(packages.get(name)?.manifest.dependencies ?? {}))
      if (packages.has(each)) needed.add(each)
  return [...needed].sort().map((name) => packages.get(name))
}

const npmPack = async (packages) => {
  const { folder, discard } = scratchFolder(cache, 'packing-')
  try {
    const sources = packages.map((each) => resolve(each.folder))
    const npm = ['pack', ...sources, '--pack-destination', folder, '--ignore-scripts']
    const { code, output } = await runProcess('npm', [...npm, '--loglevel=error'])
    if (code !== 0) throw new Error(`Cannot pack: ${output}`)
    for (const { manifest, cached } of packages)
      renameSync(join(folder, tarballName(manifest)), cached)
  } finally {
    discard()
  }
}

/**
 * Puts tarballs of packages that are built, and of those that they need, into a folder.
 *
 * Only what has changed since it was last packed is packed.
 *
 * @param names Names of packages of this repository, `@sluice/body`.
 * @returns File names by package name.
 */
export const packPackages = async (names, into) => {
  mkdirSync(cache, { recursive: true })
  const wanted = withNeeded(names).map(({ name, folder, manifest }) => {
    const cached = join(cache, `${name}-${digestOf(folder)}.tgz`)
    return { folder, manifest, cached }
  })
  const changed = wanted.filter(({ cached }) => !existsSync(cached))
  if (changed.length > 0) await npmPack(changed)
  mkdirSync(into, { recursive: true })
  for (const { manifest, cached } of wanted) copyFileSync(cached, join(into, tarballName(manifest)))
  return new Map(wanted.map(({ manifest }) => [manifest.name, tarballName(manifest)]))
}
