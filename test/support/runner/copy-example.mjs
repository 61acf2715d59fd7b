import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { packPackages } from './pack-packages.mjs'

/** The examples that stand alone: the showcase is all of them, and runs in the repository. */
export const listExamples = () =>
  readdirSync('examples', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'showcase')
    .map(({ name }) => name)

/** Where a path leads, although its last parts may not be there yet. */
const realPath = (path) =>
  existsSync(path)
    ? realpathSync(path)
    : join(realPath(dirname(path)), relative(dirname(path), path))

const isInside = (path, folder) => path === folder || path.startsWith(folder + sep)

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

/** The versions of this repository: examples say what they run with, these say what checks their types. */
const checkedWith = ({ dependencies }) => {
  const { devDependencies } = readManifest('.')
  const types = ['node', ...Object.keys(dependencies)].map((name) => `@types/${name}`)
  const present = ['typescript', ...types].filter((name) => name in devDependencies)
  return Object.fromEntries(present.map((name) => [name, devDependencies[name]]))
}

/** What an editor and `npm run check` need to know of an example. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
  module: 'nodenext',
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
}

const mapValues = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]))

/**
 * The packages of the repository come from their tarballs, also where one of them needs another: npm would ask a registry for
 * those if no override said so. `$name` is what the dependency of that name says.
 */
const manifestFor = (manifest, tarballs) => {
  const place = (name) => `file:packages/${tarballs.get(name)}`
  const isOurs = (name) => tarballs.has(name)
  const dependencies = mapValues(manifest.dependencies, (name, range) =>
    isOurs(name) ? place(name) : range,
  )
  const overrides = mapValues(Object.fromEntries(tarballs), (name) =>
    name in dependencies ? `$${name}` : place(name),
  )
  const devDependencies = { ...checkedWith(manifest), ...manifest.devDependencies }
  const scripts = { ...manifest.scripts, check: 'tsc' }
  return { ...manifest, scripts, dependencies, devDependencies, overrides }
}

/**
 * Says what stands in the way of a copy, before anything is built for it.
 *
 * @throws {Error} If there is no example of this name, or the folder is not empty or lies inside the repository.
 */
export const checkCopy = (name, folder) => {
  if (!listExamples().includes(name))
    throw new Error(`Cannot copy ${name}: wanted one of ${listExamples().join(', ')}`)
  if (isInside(realPath(folder), realpathSync('.')))
    throw new Error(`Cannot copy into ${folder}: it is inside the repository`)
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`Cannot copy into ${folder}: it is not empty`)
}

/**
 * Copies an example out of the repository, with tarballs of the packages of the repository that it needs.
 *
 * They have to be built. Nothing else of the repository is needed afterwards.
 *
 * @throws {Error} If there is no example of this name, or the folder is not empty or lies inside the repository.
 */
export const copyExample = async (name, folder) => {
  checkCopy(name, folder)
  const source = join('examples', name)
  const filter = (path) => !path.includes('node_modules') && !path.endsWith('package-lock.json')
  mkdirSync(folder, { recursive: true })
  cpSync(source, folder, { recursive: true, filter })
  const manifest = readManifest(source)
  const ours = Object.keys(manifest.dependencies).filter((each) => each.startsWith('@sluice/'))
  const tarballs = await packPackages(ours, join(folder, 'packages'))
  writeJson(join(folder, 'package.json'), manifestFor(manifest, tarballs))
  if (!existsSync(join(folder, 'tsconfig.json')))
    writeJson(join(folder, 'tsconfig.json'), { compilerOptions })
}
