import { data, fields, toBody } from '@sluice/body'
import { countsOf, nameOf, sources } from '../ledger.ts'
import type { Body, FieldsInit, Flush, Frame, Piece } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

/** Answers one path of the app. */
export type Page = (request: HttpRequest, id: string) => ReturnType<Handler>

export type Pages = Readonly<Record<string, Page>>

const plain = { 'content-type': 'text/plain; charset=utf-8' }

/** A response whose source counts what is pulled from it, and how often it is closed. */
export const counted = (
  id: string,
  source: () => AsyncIterable<Piece>,
  headers: FieldsInit = plain,
): HttpResponse => ({ status: 200, headers: fields(headers), body: countedBody(id, source) })

const countedBody = (id: string, source: () => AsyncIterable<Piece>): Body => {
  const counts = countsOf(id)
  return toBody(
    (async function* () {
      sources.open++
      try {
        for await (const piece of source()) {
          if (typeof piece === 'string' || piece instanceof Uint8Array) {
            counts.pulled++
            counts.pulledBytes += piece.length
          }
          yield piece
        }
      } finally {
        counts.closed++
        sources.open--
      }
    })(),
  )
}

/**
 * A body of a known length that nobody need read. `closed` counts its end, and the calls of `return`, which a generator that was
 * never read would not show.
 */
export const unreadBody = (id: string, content: string): Body => {
  const counts = countsOf(id)
  const close = async (): Promise<IteratorResult<Frame, undefined>> => {
    counts.closed++
    return { done: true, value: undefined }
  }
  const next = async (): Promise<IteratorResult<Frame, undefined>> => {
    if (counts.pulled > 0) return close()
    counts.pulled++
    return { done: false, value: data(new TextEncoder().encode(content)) }
  }
  return {
    byteLength: content.length,
    [Symbol.asyncIterator]: () => ({ next, return: close }),
  }
}

/** A flush whose receipt is noted. */
export const notedFlush = (id: string): Flush => ({
  kind: 'flush',
  sent: (lost) => {
    countsOf(id).receipts.push(lost === undefined ? 'sent' : nameOf(lost))
  },
})

/** Notes when the client has left, and with what reason. */
export const noteAbort = ({ client }: HttpRequest, id: string): void => {
  const { signal } = client
  const note = () => {
    countsOf(id).aborted.push(nameOf(signal.reason))
  }
  if (signal.aborted) note()
  else signal.addEventListener('abort', note, { once: true })
}
