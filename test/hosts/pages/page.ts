import { fields, toBody } from '@sluice/body'
import { countsOf, nameOf } from '../ledger.ts'
import type { Body, Flush, Piece } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

/** Answers one path of the app. */
export type Page = (request: HttpRequest, id: string) => ReturnType<Handler>

export type Pages = Readonly<Record<string, Page>>

/** A response whose source counts what is pulled from it, and how often it is closed. */
export const counted = (
  id: string,
  source: AsyncIterable<Piece>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/plain; charset=utf-8' },
): HttpResponse => ({ status: 200, headers: fields(headers), body: countedBody(id, source) })

/** A body that counts. `closed` becomes 1 at the end of the source as well, so it says how often `finally` has run. */
export const countedBody = (id: string, source: AsyncIterable<Piece>): Body => {
  const counts = countsOf(id)
  return toBody(
    (async function* () {
      try {
        for await (const piece of source) {
          if (typeof piece === 'string' || piece instanceof Uint8Array) {
            counts.pulled++
            counts.pulledBytes += piece.length
          }
          yield piece
        }
      } finally {
        counts.closed++
      }
    })(),
  )
}

/** A flush whose receipt is noted. */
export const notedFlush = (id: string): Flush => ({
  kind: 'flush',
  sent: (lost) => {
    countsOf(id).receipts.push(lost === undefined ? 'sent' : nameOf(lost))
  },
})
