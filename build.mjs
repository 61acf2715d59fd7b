#!/usr/bin/env node
// node build.mjs build | test [--quick] [--all] [--write] [NAME...] | start | copy NAME DIR | pack DIR [PACKAGE...] | bench |
// faults [ROW...] | soak [--seconds N | --disconnects N | --example NAME]: each installs what is missing, then builds.
// Only Node's own modules are imported up here, so that it runs before anything is installed.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = import.meta.dirname
// `npm run` goes to the top of the repository first. A program that npm has started may call this file too, from another folder.
const { INIT_CWD, npm_lifecycle_event: script } = process.env
const typedIn = INIT_CWD !== undefined && script === process.argv[2] ? INIT_CWD : process.cwd()
process.chdir(root)

const readLock = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages

/** Says whether node_modules holds what the lock file names: versions, not file times, which git changes. */
const isInstalled = () => {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const installed = readLock('node_modules/.package-lock.json')
  return Object.entries(readLock('package-lock.json')).every(
    ([path, wanted]) =>
      !path.startsWith('node_modules/') ||
      (installed[path]?.version === wanted.version && (wanted.optional || existsSync(path))) ||
      (wanted.optional && installed[path] === undefined),
  )
}

/** Installs the lock file's packages. No install script runs: esbuild and Biome work without theirs. */
const install = async () => {
  if (isInstalled()) return
  const { runProcess } = await import('./test/support/runner/run-process.mjs')
  console.log('installing what is missing: npm ci')
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProcess('npm', npm, { seconds: 900 })
  if (code === 0) return
  console.error(output)
  throw new Error('Cannot install: npm ci failed')
}

const build = async () => {
  const { buildPackages } = await import('./test/support/runner/build-packages.mjs')
  const { failures } = await buildPackages({ declarations: true })
  for (const failure of failures) console.error(failure)
  return failures.length === 0 ? 0 : 1
}

const test = async (args) => {
  const { runTests } = await import('./test/support/runner/run-tests.mjs')
  return runTests(args)
}

/** Builds, then hands this terminal to one program until it ends. */
const buildAndHandOver = async (source, args) => {
  if (!existsSync(source)) {
    console.error(`Cannot start ${source}: it is not there`)
    return 1
  }
  const built = await build()
  if (built !== 0) return built
  const { handOver } = await import('./test/support/runner/hand-over.mjs')
  return handOver(source, args)
}

/** Builds, then copies an example out of the repository, with packages to install there. */
const copy = async (args) => {
  const { checkCopy, copyExample } = await import('./test/support/runner/copy-example.mjs')
  const [example, given] = args
  if (given === undefined) throw new Error('Usage: node build.mjs copy NAME DIR')
  const folder = resolve(typedIn, given)
  checkCopy(example, folder)
  const built = await build()
  if (built !== 0) return built
  await copyExample(example, folder)
  console.log(`${example} is in ${folder}. Next:\n\n  cd ${given}\n  npm install && npm start\n`)
  return 0
}

/** Builds, then packs packages and those that they need, for another project to install. */
const pack = async (args) => {
  const { namesToPack, packPackages } = await import('./test/support/runner/pack-packages.mjs')
  const [given, ...named] = args
  if (given === undefined) throw new Error('Usage: node build.mjs pack DIR [PACKAGE...]')
  const names = namesToPack(named)
  const folder = resolve(typedIn, given)
  const built = await build()
  if (built !== 0) return built
  for (const tarball of (await packPackages(names, folder)).values()) console.log(tarball)
  console.log(`\nIn your project:\n\n  npm install ${join(folder, '*.tgz')}\n`)
  return 0
}

const commands = {
  build,
  test,
  start: (args) => buildAndHandOver('examples/showcase/app.ts', args),
  copy,
  pack,
  bench: (args) => buildAndHandOver('test/bench/run.mjs', args),
  faults: (args) => buildAndHandOver('test/faults/run.ts', args),
  soak: (args) => buildAndHandOver('test/soak/run.ts', args),
}

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !Object.hasOwn(commands, name)) {
  console.error(`Usage: node build.mjs ${Object.keys(commands).join(' | ')}`)
  process.exit(2)
}
try {
  await install()
  process.exitCode = await commands[name](args)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
