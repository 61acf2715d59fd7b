import { once } from 'node:events'
import { isData, isPause, isTrailers } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { chunkHead, lastChunk } from '@sluice/chunked-input'
import { refusal, requestParser, responseHead } from '@sluice/server/http1'
import { client } from './request.ts'
import type { Duplex } from 'node:stream'
import type { Data, Fields, Trailers } from '@sluice/body'
import type { RequestEvent, RequestParser, ResponseFraming } from '@sluice/server/http1'
import type { Handler, HttpResponse } from '@sluice/stack'

/** The value of Date of all its responses. */
export const loopDate = 'Fri, 20 Nov 2026 12:00:00 GMT'

/**
 * A server of one connection, whatever it runs over: the protocol of `@sluice/server/http1` and the chunked coding, with the
 * input and output that are the caller's. One request after another; no time-outs, no upgrades.
 */
export const serveDuplex = async (duplex: Duplex, handler: Handler): Promise<void> => {
  const parser = requestParser()
  const next = eventsOf(parser, duplex)
  try {
    for (;;) {
      const event = await next()
      if (event === undefined) break
      if (event.kind !== 'head') throw new Error(`found ${event.kind}, wanted a head`)
      const { head } = event
      if (head.expectsContinue) await write(duplex, 'HTTP/1.1 100 Continue\r\n\r\n')
      const { method, target, version, headers } = head
      const response = await handler({
        method,
        target,
        version,
        headers,
        body: contentOf(next),
        client,
      })
      const { text, framing, keepAlive } = responseHead(head, response, {
        keepAlive: head.keepAlive,
        date: loopDate,
      })
      await write(duplex, text)
      if (framing.kind !== 'none') await writeContent(duplex, response, framing)
      if (!keepAlive) break
      while (parser.state === 'content') await next()
      parser.nextRequest()
    }
  } catch (error) {
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

const writeContent = async (duplex: Duplex, { body }: HttpResponse, framing: ResponseFraming) => {
  const chunked = framing.kind === 'chunked'
  let trailers: Fields | undefined
  for await (const frame of body) {
    if (isPause(frame)) await frame.until
    else if (isTrailers(frame)) trailers = frame.fields
    else if (isData(frame)) {
      if (chunked) await write(duplex, chunkHead(frame.bytes.length))
      await write(duplex, frame.bytes)
      if (chunked) await write(duplex, '\r\n')
    }
  }
  if (chunked) await write(duplex, lastChunk(trailers))
}

/** Writes, and waits until there is room for more. */
const write = async (duplex: Duplex, part: string | Uint8Array) => {
  if (!duplex.write(part, 'latin1')) await once(duplex, 'drain')
}
