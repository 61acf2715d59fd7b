import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { feed } from '../parsing/feed-parser.ts'
import { turn } from '../within.ts'
import { duplexPair } from './duplex-pair.ts'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

type Pairs = readonly (readonly [string, string])[]

/** A request as a handler was given it. Text is Latin-1, names are in lower case. */
export interface SeenRequest {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: Pairs
  readonly content: string
  readonly trailers: Pairs
  /** Whether its end came. */
  readonly whole: boolean
}

/** What a server made of some bytes. */
export interface Outcome {
  readonly requests: readonly SeenRequest[]
  /** The code of its refusal, where there was one. */
  readonly code: string | undefined
  /** The status of each final response, in order. */
  readonly statuses: readonly number[]
  /** Whether it ended the connection. */
  readonly ended: boolean
}

/** The same bytes given to our server and to that of Node, over lines in memory. */
export interface Duel {
  meet(sent: string): Promise<{ readonly ours: Outcome; readonly theirs: Outcome }>
  close(): Promise<void>
}

type Open = { -readonly [key in keyof SeenRequest]: SeenRequest[key] }

export const startDuel = async (): Promise<Duel> => {
  const seen: Open[] = []
  const listener = createServer()
  const server = await serve(
    async ({ method, target, version, headers, body }) => {
      const each = opened(method, target, version, [...headers])
      seen.push(each)
      for await (const frame of body) {
        if (frame.kind === 'trailers') each.trailers = [...frame.fields]
        else each.content += Buffer.from(frame.bytes).toString('latin1')
      }
      each.whole = true
      return text('ok')
    },
    { server: listener, onError: () => {} },
  )
  const codes: string[] = []
  const http = createHttpServer((message, response) => {
    const { method = '', url = '', httpVersion, rawHeaders } = message
    const each = opened(method, url, httpVersion, withAuthority(url, pairsOf(rawHeaders)))
    seen.push(each)
    void take(message, each).then(
      () => response.end('ok'),
      () => {},
    )
  })
  http.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    codes.push(error.code ?? error.message)
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  const against = async (emitter: NodeJS.EventEmitter, sent: string): Promise<Outcome> => {
    seen.length = 0
    codes.length = 0
    const [near, far] = duplexPair(65_536)
    const answer = reading(near)
    emitter.emit('connection', far)
    near.write(sent, 'latin1')
    await standstill(() => answer.bytes + seen.length + answer.ended)
    const outcome = {
      requests: seen.map((each) => ({ ...each })),
      code: codes[0],
      statuses: statusesOf(answer.text()),
      ended: answer.ended > 0,
    }
    near.destroy()
    far.destroy()
    await turn(2)
    return outcome
  }
  return {
    async meet(sent) {
      const ours = await against(listener, sent)
      const theirs = await against(http, sent)
      // A refusal of ours has a status alone on the wire; the parser says which.
      const { end } = feed([[Buffer.from(sent, 'latin1')]])
      const code = refuses(ours) && /^[A-Z]/.test(end) ? end : undefined
      return { ours: { ...ours, code }, theirs }
    },
    async close() {
      http.close()
      await server.close({ graceMs: 1 })
    },
  }
}

const opened = (method: string, target: string, version: string, fields: Pairs): Open => ({
  ...{ method, target, version, fields },
  ...{ content: '', trailers: [], whole: false },
})

/**
 * Puts the authority of an absolute-form in the place of Host, as our server does and Node does not (RFC 9112 3.2.2), so that
 * what else there is can be compared.
 */
const withAuthority = (target: string, fields: Pairs): Pairs => {
  const authority = /^https?:\/\/([^/?]+)/i.exec(target)?.[1]
  if (authority === undefined) return fields
  return fields.map(([name, value]) => [name, name === 'host' ? authority : value])
}

const take = async (message: IncomingMessage, each: Open) => {
  const parts: Buffer[] = []
  for await (const part of message) {
    parts.push(part)
    each.content = Buffer.concat(parts).toString('latin1')
  }
  each.trailers = pairsOf(message.rawTrailers)
  each.whole = message.complete
}

const pairsOf = (raw: readonly string[]): Pairs =>
  Array.from({ length: raw.length / 2 }, (_, i) => [
    (raw[2 * i] ?? '').toLowerCase(),
    raw[2 * i + 1] ?? '',
  ])

const reading = (line: Duplex) => {
  const parts: Buffer[] = []
  const state = { bytes: 0, ended: 0, text: () => Buffer.concat(parts).toString('latin1') }
  line.on('error', () => {})
  line.on('data', (part: Buffer) => {
    parts.push(part)
    state.bytes += part.length
  })
  const over = () => {
    state.ended = 1
  }
  line.on('end', over).on('close', over)
  return state
}

/** Both answer 200 to all that they read. */
export const refuses = ({ statuses }: Outcome): boolean => statuses.some((status) => status >= 400)

/** Our answers and Node's have no content that looks like another. */
const statusesOf = (answers: string) =>
  [...answers.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status))

/** Waits until nothing has changed for some turns: whatever can happen in memory has. */
const standstill = async (count: () => number) => {
  let last = -1
  for (let quiet = 0; quiet < 6; quiet++) {
    if (count() !== last) quiet = 0
    last = count()
    await turn()
  }
}
