// What both sides send. It knows nothing of HTTP: the same generators feed Sluice and node:http.
import { sleep } from '@sluice/pause'

/** What one request sends. */
export interface Content {
  readonly shell: string
  readonly foot: string
  /** The sections of the page, each once it is ready: over about 1.5 s. */
  sections(): AsyncGenerator<string>
  /** A small message about every 500 ms. */
  ticks(): AsyncGenerator<string>
  /** Large messages, as fast as somebody takes them, but at most so many. */
  bulk(): AsyncGenerator<string>
}

/** Is told what was made, at the moment in which it was. */
export type Made = (what: string, bytes: number) => void

const everyMs = 500
const sectionNames = ['Rivers', 'Locks', 'Weirs']
const bulkBytes = 65_536
const bulkEveryMs = 10
/** 48 MiB: a server that waits for nobody has a bound too. */
const bulkMessages = 768

export const contentOf = (signal: AbortSignal, made: Made): Content => ({
  shell,
  foot,
  async *sections() {
    made('shell', shell.length)
    for (const name of sectionNames) {
      await sleep(everyMs, { signal })
      const section = sectionOf(name)
      made(name, section.length)
      yield section
    }
  },
  async *ticks() {
    for (let n = 1; ; n++) {
      const message = JSON.stringify({ n, lock: sectionNames[n % 3], level: wordAt(n * 7) })
      made(`event ${n}`, message.length)
      yield message
      await sleep(everyMs, { signal })
    }
  },
  async *bulk() {
    for (let n = 0; n < bulkMessages; n++) {
      const message = noise.slice(n * 64, n * 64 + bulkBytes)
      made('bulk', message.length)
      yield message
      await sleep(bulkEveryMs, { signal })
    }
  },
})

const words =
  'water gate level chamber boat keeper upper lower pound lock weir river canal sluice rope paddle mitre sill basin barge'.split(
    ' ',
  )

/** The same words each time, in an order that does not repeat soon: text that compresses as text does. */
const wordAt = (n: number): string => words[(n * n + 7 * n + (n >> 3)) % words.length] ?? ''

const wordsFrom = (start: number, count: number): string =>
  Array.from({ length: count }, (_, i) => wordAt(start + i)).join(' ')

const sectionOf = (name: string): string =>
  `<section><h2>${name}</h2>\n${Array.from({ length: 40 }, (_, row) => `<p>${row}: ${wordsFrom(row * 31 + name.length, 18)}.\n`).join('')}</section>\n`

const shell = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Waterways</title>
<style>${Array.from({ length: 30 }, (_, n) => `.level-${n} { height: ${n * 3}px; color: #${(n * 5333 + 4096).toString(16)} }`).join('\n')}</style>
<h1>Waterways</h1>
`

const foot = '<footer>That is all.</footer>\n'

/** Text that hardly compresses, as pictures and tokens in events do. */
const noise = ((length: number) => {
  let state = 1
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += (state >>> 4).toString(36)
  }
  return text
})(bulkBytes + bulkMessages * 64)
