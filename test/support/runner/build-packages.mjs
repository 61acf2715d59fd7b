import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { listPackages } from './packages.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'

const cache = 'node_modules/.cache/sluice'
const tools = ['package-lock.json', 'tsconfig.json', 'test/support/runner/build-packages.mjs']

const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

const digestOf = (files) => {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Writes a file whole or not at all, since a test may be importing it. */
const writeWhole = (file, contents) => {
  mkdirSync(dirname(file), { recursive: true })
  const draft = join(cache, `draft-${process.pid}-${basename(file)}`)
  writeFileSync(draft, contents)
  renameSync(draft, file)
}

/** Puts the files of one kind in a package's dist, and deletes those of that kind from before. */
const replaceFiles = (dist, files, isOfKind) => {
  mkdirSync(dist, { recursive: true })
  for (const [file, contents] of files) writeWhole(file, contents)
  for (const file of filesUnder(dist))
    if (isOfKind(file) && !files.has(file)) rmSync(file, { force: true })
}

/** Does `work` unless its inputs are what they were when it last went well. */
const unlessUnchanged = async (name, inputs, outputs, work) => {
  const stamp = join(cache, `${name}.stamp`)
  const digest = digestOf(inputs)
  const wasDone = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
  if (wasDone && outputs.every((file) => existsSync(file))) return []
  const failures = await work()
  if (failures.length === 0) writeWhole(stamp, digest)
  return failures
}

const distOf = (folder, entry, extension) =>
  join(folder, entry.replace('/src/', '/dist/').replace(/\.ts$/, extension))

const isDeclaration = (file) => /\.d\.ts(\.map)?$/.test(file)

/** Bundles a package's entries. Other packages stay imports: bundled in, there would be two of each class. */
const bundle = async ({ name, folder, entries }) => {
  const missing = entries.filter((entry) => !existsSync(join(folder, entry)))
  if (missing.length > 0) return missing.map((entry) => `packages/${name}: ${entry} is not there`)
  const result = await build({
    entryPoints: entries.map((entry) => join(folder, entry)),
    outbase: join(folder, 'src'),
    outdir: join(folder, 'dist'),
    bundle: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    logLevel: 'silent',
    packages: 'external',
    platform: 'neutral',
    sourcemap: true,
    sourcesContent: false,
    splitting: true,
    target: ['es2022', 'node20'],
    write: false,
  }).catch((error) => error)
  if (result.outputFiles === undefined) return [`packages/${name}: ${result.message}`]
  const files = result.outputFiles.map(({ path, contents }) => [relative('', path), contents])
  replaceFiles(join(folder, 'dist'), new Map(files), (file) => !isDeclaration(file))
  return []
}

const buildScripts = async (packages) => {
  const all = packages.map((each) => {
    const inputs = [...tools, join(each.folder, 'package.json')]
    const source = join(each.folder, 'src')
    const outputs = each.entries.map((entry) => distOf(each.folder, entry, '.js'))
    if (existsSync(source)) inputs.push(...filesUnder(source))
    return unlessUnchanged(`${each.name}.scripts`, inputs, outputs, () => bundle(each))
  })
  return (await Promise.all(all)).flat()
}

/** A consumer's TypeScript finds `./x.js` by way of x.d.ts; `./x.ts` would need an option of its own. */
const withScriptExtensions = (declarations) =>
  declarations.replace(
    /(\bfrom |\bimport\(|\bimport )(['"])(\.{1,2}\/[^'"]+)\.ts\2/g,
    '$1$2$3.js$2',
  )

const declarationFiles = (emitted, { folder }) => {
  const source = join(folder, 'src')
  const files = filesUnder(join(emitted, source)).map((path) => {
    const file = join(folder, 'dist', relative(join(emitted, source), path))
    const text = readFileSync(path, 'utf8')
    if (path.endsWith('.d.ts')) return [file, withScriptExtensions(text)]
    const map = JSON.parse(text)
    const sources = map.sources.map((from) => {
      const target = resolve(dirname(path), from)
      return relative(dirname(resolve(file)), target)
    })
    return [file, JSON.stringify({ ...map, sources })]
  })
  return new Map(files)
}

const emitDeclarations = async (packages) => {
  const { folder, discard } = scratchFolder(cache, 'declarations-')
  try {
    const up = relative(folder, '')
    const config = {
      extends: join(up, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        emitDeclarationOnly: true,
        declarationMap: true,
        rootDir: up,
        outDir: '.',
      },
      include: [join(up, 'packages/*/src/**/*.ts')],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { code, output } = await runProcess(process.execPath, [
      'node_modules/typescript/bin/tsc',
      '-p',
      folder,
    ])
    for (const each of packages)
      if (existsSync(join(folder, each.folder)))
        replaceFiles(join(each.folder, 'dist'), declarationFiles(folder, each), isDeclaration)
    return code === 0 ? [] : [`declarations:\n${output}`]
  } finally {
    discard()
  }
}

/**
 * Builds each package's dist from its src: scripts, and declarations when asked for.
 *
 * What has not changed is left alone. A package that cannot be built does not hold up the others.
 *
 * @returns `failures`, one text for each.
 */
export const buildPackages = async ({ declarations }) => {
  mkdirSync(cache, { recursive: true })
  const packages = listPackages()
  const failures = await buildScripts(packages)
  if (!declarations) return { failures }
  const sources = packages.map(({ folder }) => join(folder, 'src')).filter((f) => existsSync(f))
  const inputs = [...tools, ...sources.flatMap(filesUnder)]
  const outputs = packages.flatMap(({ folder, entries }) =>
    entries.map((entry) => distOf(folder, entry, '.d.ts')),
  )
  failures.push(
    ...(await unlessUnchanged('declarations', inputs, outputs, () => emitDeclarations(packages))),
  )
  return { failures }
}
