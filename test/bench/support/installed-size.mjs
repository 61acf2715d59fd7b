import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Where a package is found from a folder, as Node looks for it: in node_modules of it and of those above. */
const find = (name, from) => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
    if (folder === dirname(folder)) return undefined
  }
}

const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const always = ['package.json', 'README.md', 'LICENSE']

/** What npm would install of a package: all of what it installed, and of ours, which are linked, what is published. */
const publishedFiles = (folder) => {
  const { name, files } = readManifest(folder)
  if (!name.startsWith('@sluice/')) {
    return filesUnder(folder).filter(
      (file) => !file.slice(folder.length).includes('/node_modules/'),
    )
  }
  return [...files, ...always]
    .map((file) => join(folder, file))
    .filter(existsSync)
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))
}

/**
 * Counts packages and bytes that come with some packages: they and all that they depend on, each once.
 *
 * @param from The folder from which they are found.
 */
export const installedSize = (names, from) => {
  const folders = new Set()
  const visit = (name, place) => {
    const folder = find(name, place)
    if (folder === undefined || folders.has(folder)) return
    folders.add(folder)
    for (const each of Object.keys(readManifest(folder).dependencies ?? {})) visit(each, folder)
  }
  for (const name of names) visit(name, from)
  const bytes = [...folders]
    .flatMap(publishedFiles)
    .reduce((sum, file) => sum + statSync(file).size, 0)
  return { packages: folders.size, bytes }
}
