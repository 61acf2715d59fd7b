import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, sep } from 'node:path'
import { buildPackages } from './build-packages.mjs'
import { compileFile } from './compile-file.mjs'
import { runProcess } from './run-process.mjs'
import { scratchFolder } from './scratch-folder.mjs'

// The first of all, and the last: the slow ones that look at what is published.
const first = ['test/repository/layout.test.ts']
const last = ['repository/docs', 'repository/install', 'examples/examples'].map(
  (name) => `test/${name}.test.ts`,
)

const passed = (name, note = '', count = 1) => ({
  name,
  note,
  passed: count,
  failed: 0,
  skipped: 0,
})
const failed = (name, output) => ({ name, note: '', output, passed: 0, failed: 1, skipped: 0 })
const skipped = (name, note) => ({ name, note, passed: 0, failed: 0, skipped: 1 })

const foldersWithoutTests = ['bench', 'faults', 'soak', 'support', 'types']

const testFiles = () =>
  readdirSync('test', { recursive: true })
    .map((path) => join('test', path))
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => !foldersWithoutTests.includes(path.split(sep)[1]))
    .sort()

/** Lists every test file, in the order in which they start. */
const allTestFiles = () => {
  const found = testFiles()
  const named = [...first, ...last]
  const others = found.filter((file) => !named.includes(file))
  return [...first, ...others, ...last]
}

/** `test/body/fields.test.ts` is `body/fields`. */
const shortName = (file) => file.slice('test/'.length, -'.test.ts'.length)

/** Whether a name given by a person means this file: its path, its short name, its last part or its folder. */
const isNamed = (file, name) => {
  const short = shortName(file)
  return [file, short, basename(short)].includes(name) || short.startsWith(`${name}/`)
}

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

/** Reads `// @alone` and `// @seconds N` from the top of a test file. */
const wishesOf = (file) => {
  const top = readFileSync(file, 'utf8').split('\n').slice(0, 5)
  const seconds = top.map((line) => /^\/\/ @seconds (\d+)$/.exec(line)?.[1]).find(Boolean)
  // A number of inputs that was asked for is tried in full, however long that takes.
  const noEnd = process.env.SLUICE_RUNS === undefined ? undefined : 7 * 86_400
  return { alone: top.includes('// @alone'), seconds: noEnd ?? Number(seconds ?? 120) }
}

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
  return { name: file, note: '', output, passed: good, failed: bad, skipped: left }
}

const runTestFile = async (file) => {
  if (!existsSync(file)) return skipped(file, 'is not there yet')
  const { seconds } = wishesOf(file)
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

/** Runs the files two at a time; those that ask for it run one by one, after the others. */
const runFiles = async (files, run) => {
  const isAlone = (file) => existsSync(file) && wishesOf(file).alone
  const queue = files.filter((file) => !isAlone(file))
  const takeTurns = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await run(file)
  }
  await Promise.all([takeTurns(), takeTurns()])
  for (const file of files.filter(isAlone)) await run(file)
}

/**
 * Runs all tests, or the files named, and prints a line for each and the sum.
 *
 * @param names Names as `body` or `test/body/body.test.ts`; none means all, with format, lint and types.
 * @returns The exit code.
 */
export const runTests = async (names) => {
  const results = []
  const run = async (step) => {
    const started = performance.now()
    const result = await step()
    results.push(result)
    report(result, started)
  }
  const wanted = allTestFiles()
  const files = wanted.filter(
    (file) => names.length === 0 || names.some((name) => isNamed(file, name)),
  )
  for (const name of names)
    if (!wanted.some((file) => isNamed(file, name)))
      await run(async () => failed(name, `Cannot find the test file of this name`))
  if (names.length === 0) {
    await run(formatAndLint)
    await run(types)
  }
  // Declarations matter only to what looks at published packages, and another package's may be in the making.
  await run(() => build(names.length === 0 || files.some((file) => last.includes(file))))
  await runFiles(files, (file) => run(() => runTestFile(file)))
  const sum = (kind) => results.reduce((count, result) => count + result[kind], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0 ? 0 : 1
}
