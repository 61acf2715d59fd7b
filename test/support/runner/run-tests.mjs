import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { buildPackages } from './build-packages.mjs'
import { compileFile } from './compile-file.mjs'
import { installFolder } from './install-folder.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'
import { findTestFiles, isNamed, marksOf } from './test-files.mjs'

const passed = (name, note = '', count = 1) => ({
  name,
  note,
  passed: count,
  failed: 0,
  skipped: 0,
})
const failed = (name, output) => ({ name, note: '', output, passed: 0, failed: 1, skipped: 0 })
const skipped = (name, note) => ({ name, note, passed: 0, failed: 0, skipped: 1 })

/** Runs one of the tools in node_modules as a test of its own. */
const runTool = async (name, tool, args) => {
  if (!existsSync(tool)) return skipped(name, `${tool} is missing`)
  const { code, output, timedOut } = await runProcess(process.execPath, [tool, ...args])
  if (timedOut) return failed(name, `${output}\ntimed out`)
  return code === 0 ? passed(name) : failed(name, output)
}

const formatAndLint = () =>
  runTool('format and lint', 'node_modules/@biomejs/biome/bin/biome', [
    'check',
    '--error-on-warnings',
    '--colors=off',
    '.',
  ])

const types = () => runTool('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.'])

const build = async (declarations) => {
  const { failures } = await buildPackages({ declarations })
  return failures.length === 0 ? passed('build') : failed('build', failures.join('\n'))
}

/** What is large, and runs only in CI or with `--all`: Deno, Bun and workerd. */
const largeFolders = ['test/hosts/runtimes']

/** Installs what the files need in folders with lock files of their own. A folder that cannot be installed has failed. */
const installFor = (files) => {
  const runsAll = process.env.CI !== undefined || process.env.SLUICE_ALL !== undefined
  const folders = new Set(files.flatMap((file) => marksOf(file).installs))
  return [...folders]
    .filter((folder) => runsAll || !largeFolders.includes(folder))
    .map((folder) => async () => {
      try {
        await installFolder(folder)
        return passed(`install ${folder}`)
      } catch (error) {
        return failed(`install ${folder}`, error.message)
      }
    })
}

/** Seconds until a file is ended. A number of inputs that was asked for is tried in full, however long that takes. */
const timeOutOf = (file) =>
  process.env.SLUICE_RUNS === undefined ? marksOf(file).seconds : 7 * 86_400

const totalOf = (output, label) => {
  const found = new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'm').exec(output)
  return found === null ? undefined : Number(found[1])
}

/**
 * Reads uvu's totals. A process that ends well without them has not run its tests: uvu ends silently with code 0 when a
 * test's promise never settles.
 */
const resultOf = (file, { code, output, timedOut }, seconds) => {
  const total = totalOf(output, 'Total')
  const good = totalOf(output, 'Passed')
  const left = totalOf(output, 'Skipped')
  if (timedOut) return failed(file, `${output}\ntimed out after ${seconds} s`)
  if (total === undefined || good === undefined || left === undefined)
    return failed(file, `${output}\nended with code ${code} and without its totals`)
  // Its totals may be good and its exit code not: an error nobody caught, after the last test.
  const bad = Math.max(total - good, code === 0 ? 0 : 1)
  const note = [...output.matchAll(/^skipped: .*$/gm)].join(', ')
  return { name: file, note, output, passed: good, failed: bad, skipped: left }
}

const runTestFile = async (file) => {
  const seconds = timeOutOf(file)
  const script = await compileFile(file).catch((error) => ({ error }))
  if (script.error !== undefined) return failed(file, script.error.message)
  const node = ['--enable-source-maps', '--expose-gc', script.file]
  // Its temporary files go with it, even when it was ended and could not delete them.
  const scratch = scratchFolder(tmpdir(), 'sluice-test-')
  try {
    const env = { TMPDIR: scratch.folder }
    const run = await runProcess(process.execPath, node, { seconds, env })
    return resultOf(file, run, seconds)
  } finally {
    scratch.discard()
    script.discard()
  }
}

const report = ({ name, note, output, ...counts }, started) => {
  const time = `${((performance.now() - started) / 1000).toFixed(1)} s`
  const text = ['passed', 'failed', 'skipped']
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`)
    .join(', ')
  console.log([name, note, text, time].filter((part) => part !== '').join(' | '))
  if (counts.failed > 0) console.log(`\n${output.trimEnd()}\n`)
}

/**
 * Runs the files two at a time, and beside them those that wait more than they compute. Those that ask to be alone run one by
 * one, after the others.
 */
const runFiles = async (files, run) => {
  const alone = files.filter((file) => marksOf(file).alone)
  const waiting = files.filter((file) => marksOf(file).waits)
  const others = files.filter((file) => !alone.includes(file) && !waiting.includes(file))
  const takeTurns = async (queue) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await run(file)
  }
  await Promise.all([takeTurns(others), takeTurns(others), takeTurns(waiting)])
  await takeTurns(alone)
}

const count = (number, what) => `${number} ${what}${number === 1 ? '' : 's'}`

const options = ['--quick', '--all', '--write']

/** Picks the files to run, and prints how many there are. */
const pickFiles = (names, quick) => {
  const found = findTestFiles()
  const wanted = found.filter((file) => !quick || !marksOf(file).slow)
  const files = wanted.filter(
    (file) => names.length === 0 || names.some((name) => isNamed(file, name)),
  )
  const some = files.length < wanted.length ? `${files.length} of ` : ''
  console.log(some + count(found.length, 'test file'))
  if (quick) console.log(`--quick leaves out ${count(found.length - wanted.length, 'slow file')}`)
  return { files, unknown: names.filter((name) => !found.some((file) => isNamed(file, name))) }
}

/**
 * Runs all tests, or those of the files named, and prints a line for each and the sum.
 *
 * @param args Names as `body` (a folder or a file), `body/fields` or `test/body/fields.test.ts`; none means all files, with
 * format, lint and types. `--quick` leaves out the files that are marked slow. `--all` also runs what takes a large download, as CI
 * does. `--write` writes the table of hosts into the root README.
 * @returns The exit code.
 */
export const runTests = async (args) => {
  const results = []
  const run = async (step) => {
    const started = performance.now()
    const result = await step()
    results.push(result)
    report(result, started)
  }
  const names = args.filter((arg) => !options.includes(arg))
  if (args.includes('--all')) process.env.SLUICE_ALL = '1'
  if (args.includes('--write')) process.env.SLUICE_WRITE = '1'
  const { files, unknown } = pickFiles(names, args.includes('--quick'))
  for (const name of unknown)
    await run(async () => failed(name, 'Cannot find the test file of this name'))
  if (names.length === 0) await Promise.all([run(formatAndLint), run(types)])
  // Another package's declarations may be in the making: they are built only if somebody reads them.
  const needed = files.some((file) => marksOf(file).declarations)
  await run(() => build(names.length === 0 || needed))
  for (const step of installFor(files)) await run(step)
  await runFiles(files, (file) => run(() => runTestFile(file)))
  const sum = (kind) => results.reduce((total, result) => total + result[kind], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0 ? 0 : 1
}
