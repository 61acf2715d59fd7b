import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { listPackages } from './packages.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'

const cache = 'node_modules/.cache/sluice/tarballs'

/** Of all files that a tarball of the folder may hold, and of the manifest, which says what it does hold. */
const digestOf = (folder) => {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** The name that npm gives a tarball. */
const tarballName = ({ name, version }) =>
  `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`

const npmPack = async (sources) => {
  const { folder, discard } = scratchFolder(cache, 'packing-')
  try {
    const folders = sources.map((each) => resolve(each.folder))
    const npm = ['pack', ...folders, '--pack-destination', resolve(folder)]
    const quiet = ['--ignore-scripts', '--loglevel=error']
    const { code, output } = await runProcess('npm', [...npm, ...quiet], { seconds: 240 })
    if (code !== 0) throw new Error(`Cannot pack: ${output}`)
    for (const { tarball, cached } of sources) renameSync(join(folder, tarball), cached)
  } finally {
    discard()
  }
}

/**
 * Packs folders of packages into another folder. Those that have not changed since they were last packed are copied.
 *
 * @returns File names in that folder, by package name.
 */
export const packFolders = async (folders, into) => {
  mkdirSync(cache, { recursive: true })
  mkdirSync(into, { recursive: true })
  const sources = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const tarball = tarballName(manifest)
    const cached = join(cache, `${basename(tarball, '.tgz')}-${digestOf(folder)}.tgz`)
    return { folder, name: manifest.name, tarball, cached }
  })
  const changed = sources.filter(({ cached }) => !existsSync(cached))
  if (changed.length > 0) await npmPack(changed)
  for (const { cached, tarball } of sources) copyFileSync(cached, join(into, tarball))
  return new Map(sources.map(({ name, tarball }) => [name, tarball]))
}

/**
 * The packages that a user wants: those that are named, or all.
 *
 * @throws {Error} If there is no package of a name.
 */
export const namesToPack = (named) => {
  const known = listPackages().map(({ manifest }) => manifest.name)
  const unknown = named.find((name) => !known.includes(name))
  if (unknown === undefined) return named.length === 0 ? known : named
  throw new Error(`Cannot pack ${unknown}: wanted some of ${known.join(', ')}`)
}

/** Packages of this repository by name, `@sluice/body`, and those of it that they need in turn. */
const withNeeded = (names) => {
  const packages = new Map(listPackages().map((each) => [each.manifest.name, each]))
  const needed = new Set(names)
  // A set gives what is added while it is looked through.
  for (const name of needed)
    for (const each of Object.keys(packages.get(name)?.manifest.dependencies ?? {}))
      if (packages.has(each)) needed.add(each)
  return [...needed].sort().map((name) => packages.get(name))
}

/** As `packFolders`, for packages of this repository by name and those of it that they need. They have to be built. */
export const packPackages = (names, into) =>
  packFolders(
    withNeeded(names).map(({ folder }) => folder),
    into,
  )
