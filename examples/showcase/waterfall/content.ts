// What both sides send. It knows nothing of HTTP: the same generators feed Sluice and node:http.
import { sleep } from '@sluice/pause'

/** What one request sends. Each text is made when it is asked for. */
export interface Content {
  readonly shell: string
  readonly foot: string
  /** The sections of the page, each once it is ready: over about 1.5 s. */
  sections(): AsyncGenerator<string>
  /** A small message about every 500 ms. */
  ticks(): AsyncGenerator<string>
  /** Fulfils when the idle streams are to work. */
  work(): Promise<void>
  /** What they send until they are told to rest. */
  rows(): AsyncGenerator<string>
  /** Large messages that compress badly, as fast as they are taken; 48 MiB at most. */
  images(): AsyncGenerator<string>
}

/** For whom content is made: its signal aborts when the client leaves. */
export interface Reader {
  readonly signal: AbortSignal
}

/** Is told what was made, and how many bytes of the response that is. */
export type Made = (what: string, bytes: number) => void

/** When the idle streams work. */
export interface Shift {
  readonly isOn: boolean
  /** Fulfils when it is on. */
  begins(): Promise<void>
}

/** Milliseconds from one section, or message, to the next. */
export const usualMs = 500
const imageEveryMs = 10
const imageBytes = 65_536
const images = 768

/** What an event adds to its data: `data: ` and an empty line. */
const eventBytes = 8

export const contentOf = (reader: Reader, made: Made, shift: Shift, everyMs: number): Content => ({
  shell,
  foot,
  async *sections() {
    made('Shell', shell.length)
    for (const name of ['Rivers', 'Locks', 'Weirs']) {
      await sleep(everyMs, reader)
      const section = sectionOf(name)
      made(name, section.length)
      yield section
    }
  },
  async *ticks() {
    for (let n = 1; ; n++) {
      const message = JSON.stringify({ n, lock: n % 7, level: levelOf(n), gate: gateOf(n) })
      made(`Event ${n}`, message.length + eventBytes)
      yield message
      await sleep(everyMs, reader)
    }
  },
  work: () => shift.begins(),
  async *rows() {
    const rowEveryMs = everyMs * 0.4
    // Not all at the same moment.
    await sleep(Math.random() * rowEveryMs, reader)
    for (let n = 1; shift.isOn; n++) {
      yield JSON.stringify(Array.from({ length: 250 }, (_, i) => [gateOf(n + i), levelOf(n * i)]))
      await sleep(rowEveryMs, reader)
    }
  },
  async *images() {
    for (let n = 0; n < images; n++) {
      made('Image', imageBytes + eventBytes)
      yield noise.slice(n, n + imageBytes)
      await sleep(imageEveryMs, reader)
    }
  },
})

/** Numbers that look like chance, and are the same each time: what they make compresses as tables of a database do. */
const numberAt = (n: number): number =>
  Math.imul(Math.imul(n + 1, 0x9e37_79b1) ^ (n >>> 3), 0x85eb_ca6b) >>> 8

const levelOf = (n: number): string => ((numberAt(n) % 900) / 100).toFixed(2)
const gateOf = (n: number): string =>
  ['open', 'shut', 'opens', 'shuts', 'locked'][numberAt(n) % 5] ?? ''

const sectionOf = (name: string): string => {
  const rows = Array.from({ length: 90 }, (_, row) => {
    const n = name.length * 1000 + row
    return `<tr><td>${name} ${row}<td>${gateOf(n)}<td>${levelOf(n)} m<td>${levelOf(n + 500)} m`
  })
  return `<section><h2>${name}</h2><table>\n${rows.join('\n')}\n</table></section>\n`
}

const shell = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Waterways</title>
<style>${Array.from({ length: 30 }, (_, n) => `.level-${n} { height: ${n * 3}px }`).join('\n')}</style>
<h1>Waterways</h1>
`

const foot = '<footer>That is all.</footer>\n'

/** Letters and digits without a pattern. */
const noise = Array.from({ length: 20_000 }, (_, n) => numberAt(n).toString(36))
  .join('')
  .slice(0, imageBytes + images)
