import { isPromiseLike, iterableSource, pullFrom, pulling } from '@sluice/body/engine'
import type { AnyFrame, Frame } from '@sluice/body'
import type { PieceResult, PieceSource, PullBody } from '@sluice/body/engine'
import type { EventMessage } from './message.ts'

/** A message, a text that is the data of one, or a frame: a pause, a flush with a receipt, data that is whole events, encoded. */
export type SourceItem = string | EventMessage | Frame | AnyFrame

/** Where messages come from; a body of encoded events is one too. */
export type MessageSource = Iterable<SourceItem> | AsyncIterable<SourceItem>

/** What the source gives next, as an iterator does, at once where it is there. */
export type ItemResult = PieceResult

/** A reading of a source of messages. */
export type ItemReading = PieceSource

/** Starts the reading: by the pull protocol where there is one, so that what is there at once costs no promise. */
export const readItems = (source: MessageSource): ItemReading => {
  if (isPullBody(source)) return bodyItems(source)
  return iterableSource(source)
}

/** Whether a value can be a source. A string is an iterable of characters, but never meant as one. */
export const isSource = (source: unknown): source is MessageSource =>
  typeof source === 'object' &&
  source !== null &&
  (pulling in source || Symbol.asyncIterator in source || Symbol.iterator in source)

const isPullBody = (source: MessageSource): source is PullBody<AnyFrame> => pulling in source

const bodyItems = (body: PullBody<AnyFrame>): ItemReading => {
  const reading = pullFrom(body)
  return {
    next() {
      const pulled = reading.pull()
      return isPromiseLike(pulled) ? pulled.then(resultOf) : resultOf(pulled)
    },
    close: () => reading.close(),
  }
}

const resultOf = (frame: AnyFrame | undefined): ItemResult => ({
  done: frame === undefined,
  value: frame,
})
