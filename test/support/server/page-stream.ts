import { request } from 'node:http'
import { connect } from 'node:http2'
import { deferred } from '../within.ts'
import type { Readable } from 'node:stream'

/** The content of a response, as text, while it arrives. */
export interface PageStream {
  /** What has arrived and was not taken. */
  readonly unread: string
  /** Takes everything up to the end of a text, as soon as it is there. */
  to(text: string): Promise<void>
  /** Waits for the end, which must be a complete one. */
  end(): Promise<void>
  /** Closes the connection. */
  leave(): void
}

/** Asks for a page over HTTP/1.1, or over HTTP/2 without TLS, on a connection of its own. */
export const streamOf = async (url: string, isHttp2: boolean): Promise<PageStream> => {
  const { content, leave } = isHttp2 ? askHttp2(url) : await askHttp1(url)
  let unread = ''
  let over: unknown
  let more = deferred()
  const note = (event: () => void) => {
    event()
    more.resolve()
    more = deferred()
  }
  content.setEncoding('utf8')
  content.on('data', (text: string) => note(() => (unread += text)))
  content.once('end', () => note(() => (over = 'ended')))
  content.on('error', (error) => note(() => (over ??= error)))
  return {
    get unread() {
      return unread
    },
    async to(text) {
      while (!unread.includes(text)) {
        if (over !== undefined) throw new Error(`Cannot find ${text}: ${over} after ${unread}`)
        await more.promise
      }
      unread = unread.slice(unread.indexOf(text) + text.length)
    },
    async end() {
      while (over === undefined) await more.promise
      if (over !== 'ended' || unread !== '') throw new Error(`Cannot end: ${over}, ${unread}`)
      leave()
    },
    leave,
  }
}

interface Asked {
  readonly content: Readable
  leave(): void
}

const askHttp1 = async (url: string): Promise<Asked> => {
  const asked = request(url, { agent: false })
  const content = await new Promise<Readable>((resolve, reject) => {
    asked.once('response', resolve)
    asked.once('error', reject)
    asked.end()
  })
  return { content, leave: () => asked.destroy() }
}

const askHttp2 = (url: string): Asked => {
  const { origin, pathname } = new URL(url)
  const session = connect(origin)
  const content = session.request({ ':path': pathname })
  return { content, leave: () => session.destroy() }
}
