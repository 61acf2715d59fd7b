import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { between } from './lab.ts'
import type { Readable } from 'node:stream'

type Random = () => number

/** A line that an example prints, or one of ours. */
export interface Line {
  readonly text: string
  /** The longest that it has taken to end by itself, ms: nobody is killed long after that. */
  lastsMs: number
}

/** What stands in the place of words in capitals. */
export interface Fillings {
  readonly FILE: string
  readonly PHOTO: string
}

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

/** A large file, and one that begins as a picture does. */
export const makeFiles = (folder: string): Fillings => {
  const [FILE, PHOTO] = [join(folder, 'file'), join(folder, 'photo.png')]
  writeFileSync(FILE, randomBytes(5_000_000))
  writeFileSync(PHOTO, Buffer.concat([png, randomBytes(3_000_000)]))
  return { FILE, PHOTO }
}

/** Milliseconds after which the most patient client is killed. */
const mostMs = 1500
const idOfAnswer = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/

/** The `curl` lines of what an example has printed, without their comments, and with files filled in. */
export const linesIn = (output: string, fillings: Fillings): readonly Line[] =>
  output
    .split('\n')
    .filter((line) => /\bcurl\b/.test(line))
    .map((line) => line.replace(/\s+#.*$/, '').replace(/\b(FILE|PHOTO)\b/g, filled(fillings)))
    .map((text) => ({ text, lastsMs: mostMs }))

const filled = (fillings: Fillings) => (word: string) =>
  word === 'FILE' ? fillings.FILE : fillings.PHOTO

const wantsId = ({ text }: Line) => /\/ID\b/.test(text)

/** Whether a word in capitals is left, for which there is nothing to fill in. */
export const isUnfilled = ({ text }: Line): boolean =>
  /(?:@|\/|=|-T )(?!ID\b)[A-Z]{2,}\b(?!\/\/)/.test(text)

interface Client {
  /** Settles when the shell that ran the line has ended. */
  readonly ended: Promise<void>
  readonly stdout: Readable | null
  kill(): void
}

/** Starts a client in a process group of its own, so that all of a pipe of commands is killed at once. */
const startClient = (text: string, output: 'pipe' | 'ignore'): Client => {
  const child = spawn('/bin/sh', ['-c', text], {
    detached: true,
    env: { ...process.env, NO_PROXY: '*' },
    stdio: ['pipe', output, 'ignore'],
  })
  child.stdin?.on('error', () => {})
  const type = () => child.stdin?.write('hello\n')
  type()
  const typing = setInterval(type, 200)
  const kill = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // All of it has ended.
    }
  }
  const ended = once(child, 'exit').then(() => {
    clearInterval(typing)
    // What else is left of its pipe.
    kill()
  })
  return { ended, stdout: child.stdout, kill }
}

/** Runs a line and kills its process at a random time; says whether it still ran. Some clients read nothing. */
const killOne = async (line: Line, text: string, random: Random): Promise<boolean> => {
  const started = performance.now()
  const { ended, kill } = startClient(text, random() < 0.3 ? 'pipe' : 'ignore')
  const most = random() < 0.2 ? 40 : Math.min(mostMs, 1.2 * line.lastsMs)
  let isKilled = false
  const timer = setTimeout(() => {
    isKilled = true
    kill()
  }, random() * most)
  await ended
  clearTimeout(timer)
  if (!isKilled) line.lastsMs = performance.now() - started
  return isKilled
}

/** A client that has shown an ID, and stays. */
interface Opened {
  readonly id: string
  kill(): void
}

/** Runs a line until it shows an ID, for a while. */
const openBy = async (line: Line): Promise<Opened | undefined> => {
  const { ended, stdout, kill } = startClient(line.text, 'pipe')
  const timer = setTimeout(kill, 2500)
  const shown = new Promise<string>((resolve) => {
    let text = ''
    stdout?.on('data', (part) => {
      text += part
      const [id] = idOfAnswer.exec(text) ?? []
      if (id !== undefined) resolve(id)
    })
  })
  const id = await Promise.race([shown, ended])
  clearTimeout(timer)
  return id === undefined ? undefined : { id, kill }
}

/** One line among several, with an ID that another shows if it wants one. */
const leaveOnce = async (
  line: Line,
  opener: Line | undefined,
  random: Random,
): Promise<boolean> => {
  if (!wantsId(line)) return killOne(line, line.text, random)
  if (opener === undefined) return false
  const opened = await openBy(opener)
  if (opened === undefined) return false
  const isKilled = await killOne(line, line.text.replace(/\bID\b/, opened.id), random)
  opened.kill()
  return isKilled
}

const findOpener = async (lines: readonly Line[]): Promise<Line | undefined> => {
  if (!lines.some(wantsId)) return undefined
  for (const line of lines.filter((each) => !wantsId(each))) {
    const opened = await openBy(line)
    opened?.kill()
    if (opened !== undefined) return line
  }
  return undefined
}

export interface Killed {
  readonly killed: number
  readonly started: number
}

export interface Leaving {
  readonly count: number
  readonly random: Random
}

/** Runs lines, eight at a time, until so many were killed; gives how many were started. */
export const killMany = async (
  lines: readonly Line[],
  { count, random }: Leaving,
): Promise<Killed> => {
  const opener = await findOpener(lines)
  let killed = 0
  let started = 0
  const one = async () => {
    while (killed < count && started < 6 * count) {
      started++
      const line = lines[between(random, 0, lines.length - 1)]
      if (line !== undefined && (await leaveOnce(line, opener, random))) killed++
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
  return { killed, started }
}
