import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { rightAnswerOf } from '../examples/right-answers.ts'
import { msUntil } from '../faults/support/measure.ts'
import { randomFrom } from '../faults/support/random.ts'
import { copyExample } from '../support/repository/copied-example.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { listExamples } from '../support/runner/copy-example.mjs'
import { installFolder } from '../support/runner/install-folder.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { textUntil } from '../support/text-until.ts'
import { within } from '../support/within.ts'
import { isUnfilled, killMany, linesIn, makeFiles } from './example-clients.ts'
import { ExampleProcess } from './example-process.ts'
import { differences, megabytesGrown, openIn } from './held.ts'
import type { Finding } from './disconnects.ts'
import type { Killed, Line } from './example-clients.ts'
import type { Held } from './held.ts'

/** Milliseconds after the last client in which everything has to end. The server counts one that sent its FIN as gone after 60 s. */
const restMs = 75_000
/** Milliseconds after the first clients. A producer may wait ten seconds for a reader. */
const warmUpRestMs = 12_000
/** Milliseconds after the last client in which its cursor and its transaction have to end. */
const databaseRestMs = 3000
/** Clients before the first look, at least: V8 has then compiled, for the most part, what it keeps. */
const warmUpClients = 200
/** MiB by which the heap may be larger at the end than after the first clients. */
const heapGrowth = 2

/** MiB that an example keeps on purpose for 200 clients: `tokens` the words of each answer, for a day. */
const kept: Readonly<Record<string, number>> = { tokens: 8 }

/** Errors that an example tells of on purpose: a section that always fails, moves that the accounts do not allow. */
const told: Readonly<Record<string, RegExp>> = {
  database: /^HttpError: Cannot move /,
  'out-of-order-page': /^Error: Cannot load the weirs: this section always fails$/,
}

/** Clients that `curl` cannot be. */
const otherClients: Readonly<Record<string, (url: string) => string>> = {
  'web-socket': (url) => `node test/soak/talk.mjs ${url.replace('http', 'ws')}`,
}

const programAndLibraries = (name: string) => {
  const manifest = JSON.parse(readFileSync(join('examples', name, 'package.json'), 'utf8'))
  return {
    program: manifest.scripts.start.replace(/^tsx /, ''),
    libraries: Object.keys(manifest.dependencies),
  }
}

/** What is held when it is no more than before, or enough is gone, or the time is over. */
const atRest = async (
  example: ExampleProcess,
  before: Held,
  isEnough: (differences: readonly string[], ms: number) => boolean = () => false,
): Promise<Held> => {
  const started = performance.now()
  let held = await example.held()
  await msUntil(restMs, async () => {
    const found = differences(before, held)
    if (found.length === 0 || isEnough(found, performance.now() - started)) return true
    await sleep(200)
    held = await example.held()
    return false
  })
  return held
}

/** After the first clients, what is there may stay: a thread, or what a database keeps open. Not a connection of a client. */
const hasWarmedUp = (differences: readonly string[], ms: number): boolean =>
  ms > warmUpRestMs && !differences.some((each) => /socket/i.test(each))

const answersRightly = async (name: string, url: string): Promise<boolean> => {
  const { status, shows } = rightAnswerOf(name)
  const controller = new AbortController()
  const response = await fetch(url, { signal: controller.signal })
  try {
    const text = await within(30_000, textUntil(response, shows))
    return response.status === status && shows.test(text)
  } finally {
    controller.abort()
  }
}

/** Ends it as Ctrl-C does, and says what then is left. */
const end = async (example: ExampleProcess): Promise<readonly string[]> => {
  example.signal('SIGTERM')
  const code = await example.exited().catch(() => 'none, it runs on')
  await msUntil(3000, () => example.processes().length === 0)
  const left = example.processes().map(({ command }) => `${command} runs on after its end`)
  const files = example.filesLeft().length
  // An example of another host may leave signals to Node.
  return [
    ...(code === 0 || code === 'SIGTERM' ? [] : [`exit code ${code}`]),
    ...left,
    ...(files === 0 ? [] : [`${files} temporary files after its end`]),
  ]
}

const linesOf = (name: string, output: string, scratch: string) => {
  const all = linesIn(output, makeFiles(scratch))
  for (const { text } of all.filter(isUnfilled)) console.log(`${name}: left out: ${text}`)
  const lines: Line[] = all.filter((line) => !isUnfilled(line))
  const url = /curl .*(http:\S+)$/m.exec(output)?.[1] ?? ''
  const other = otherClients[name]
  if (other !== undefined) lines.push({ text: other(url), lastsMs: 1500 })
  return { lines, url }
}

/** Whether it has told of no other error than those on purpose. Lines of a stack are indented. */
const isQuiet = (name: string, errors: string): boolean =>
  errors.split('\n').every((line) => /^(\s|[}\]]|$)/.test(line) || told[name]?.test(line) === true)

interface Trial {
  readonly name: string
  readonly count: number
  readonly scratch: string
}

/** Kills clients, and says what is left of them. */
const leaveAll = async (example: ExampleProcess, before: Held, kill: () => Promise<Killed>) => {
  const { killed, started } = await kill()
  // An idle connection may be closed later, and what was left open on it goes with it.
  await sleep(databaseRestMs)
  const open = openIn(await example.held())
  const after = await atRest(example, before)
  const grown = megabytesGrown(before, after)
  return { after, killed, started, grown, left: [...open, ...differences(before, after)] }
}

const tryExample = async (example: ExampleProcess, trial: Trial): Promise<Finding> => {
  const { name, count, scratch } = trial
  await example.printed(/curl .*(http:\S+)$/m)
  // All its lines, which it prints one after the other.
  await sleep(200)
  const { lines, url } = linesOf(name, example.output, scratch)
  const random = randomFrom(16)
  const idle = await example.held()
  await killMany(lines, { count: Math.max(warmUpClients, count / 2), random })
  const kill = () => killMany(lines, { count, random })
  const mostGrown = heapGrowth + (kept[name] ?? 0) * (count / 200)
  let round = await leaveAll(example, await atRest(example, idle, hasWarmedUp), kill)
  // What is compiled late stays as large; what is lost for each client grows again.
  for (let more = 2; more > 0 && round.left.length === 0 && round.grown > mostGrown; more--)
    round = await leaveAll(example, round.after, kill)
  const { killed, started, grown, left } = round
  const wrong = [
    ...left,
    ...(grown > mostGrown ? ['heap'] : []),
    ...(killed < count ? [`only ${killed} killed`] : []),
    ...((await answersRightly(name, url)) ? [] : ['a wrong answer']),
    ...(await end(example)),
    ...(isQuiet(name, example.errors) ? [] : [`it printed ${example.errors.split('\n')[0]}`]),
  ]
  const found = `${killed} of ${started} clients killed, heap ${grown.toFixed(2)} MiB, left: ${wrong.join('; ') || 'nothing'}`
  return { name, found, good: wrong.length === 0 }
}

const soakExample = async (name: string, count: number): Promise<Finding> => {
  const { folder, discard } = copyExample(name, {
    modules: 'test/hosts/node_modules',
    files: {},
    programs: {},
  })
  const scratch = scratchFolder(tmpdir(), 'sluice-soak-')
  const probe = await compileFile('test/soak/example-probe.ts')
  const example = new ExampleProcess(folder, scratch.folder)
  try {
    const { program, libraries } = programAndLibraries(name)
    await example.start(program, probe.file, libraries)
    return await tryExample(example, { name, count, scratch: scratch.folder })
  } catch (error) {
    console.error(example.errors)
    return { name, found: `${error}`, good: false }
  } finally {
    await example.stop()
    probe.discard()
    scratch.discard()
    discard()
  }
}

/** Kills so many clients of an example, or of each; Linux only. */
export const soakExamples = async (name: string, count: number): Promise<readonly Finding[]> => {
  await installFolder('test/hosts')
  const names = name === 'all' ? listExamples() : [name]
  const findings: Finding[] = []
  for (const each of names) {
    console.log(`clients of ${each}`)
    findings.push(await soakExample(each, count))
  }
  return findings
}
