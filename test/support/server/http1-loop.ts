import { once } from 'node:events'
import { fromPull } from '@sluice/body/engine'
import { refusal, requestParser, responseBytes } from '@sluice/server/http1'
import { client } from './request.ts'
import type { Duplex } from 'node:stream'
import type { Data, Trailers } from '@sluice/body'
import type { RequestEvent, RequestParser } from '@sluice/server/http1'
import type { Handler } from '@sluice/stack'

/** The value of Date of all its responses. */
export const loopDate = 'Fri, 20 Nov 2026 12:00:00 GMT'

/**
 * A server of one connection, over any duplex stream: the protocol of `@sluice/server/http1`, with input and output of its own.
 * One request after another; no time-outs, no upgrades.
 */
export const serveDuplex = async (duplex: Duplex, handler: Handler): Promise<void> => {
  const parser = requestParser()
  const next = eventsOf(parser, duplex)
  let isSending = false
  try {
    for (let event = await next(); event?.kind === 'head'; event = await next()) {
      const { head } = event
      if (head.expectsContinue) await write(duplex, 'HTTP/1.1 100 Continue\r\n\r\n')
      const { keepAlive, framing, expectsContinue, upgrade, ...request } = head
      const response = await handler({ ...request, body: contentOf(next), client })
      const sent = responseBytes(head, response, { keepAlive, date: loopDate })
      isSending = true
      for await (const { bytes } of sent.body) await write(duplex, bytes)
      isSending = false
      if (!sent.head.keepAlive) break
      while (parser.state === 'content') await next()
      parser.nextRequest()
    }
  } catch (error) {
    // Part of a response is out: only the end of the connection tells the client that the rest is missing.
    if (isSending) return void duplex.destroy()
    await write(duplex, refusal(error, loopDate))
  }
  duplex.end()
}

type Next = () => Promise<RequestEvent | undefined>

/** Asks the parser, and feeds it as long as it wants more; `undefined` at the end of the input or of a request. */
const eventsOf = (parser: RequestParser, duplex: Duplex): Next => {
  const input = duplex.iterator({ destroyOnReturn: false })
  return async () => {
    for (;;) {
      const event = parser.next()
      if (event !== undefined || parser.state === 'ended') return event
      const { done, value } = await input.next()
      if (done !== true) parser.receive(value)
      else {
        parser.finish()
        return undefined
      }
    }
  }
}

const contentOf = (next: Next) =>
  fromPull<Data | Trailers>(() => ({
    async pull() {
      const event = await next()
      return event?.kind === 'data' || event?.kind === 'trailers' ? event : undefined
    },
    close() {},
  }))

/** Writes, and waits until there is room for more. */
const write = async (duplex: Duplex, part: string | Uint8Array) => {
  if (!duplex.write(part, 'latin1')) await once(duplex, 'drain')
}
