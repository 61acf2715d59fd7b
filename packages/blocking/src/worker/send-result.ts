import { fields, isData, isFlush, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  encodeText,
  foundIn,
  hasKind,
  isByteArray,
  isObject,
  isPromiseLike,
  loseFrame,
  noBytes,
  pullFrom,
} from '@sluice/body/engine'
import { match } from 'ts-pattern'
import { blockingError } from '../errors.ts'
import { isIterable } from './is-iterable.ts'
import { isAsyncIterable, refuseLater, refusePromise, wouldWait } from './would-wait.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BlockingHead } from '../types.ts'
import type { RingOutput } from './ring-output.ts'

/** What a function returns, by shape: TypeScript has checked it, and plain JavaScript may not have. */
type Result =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'response'; readonly head: BlockingHead; readonly body: unknown }
  | { readonly kind: 'content'; readonly content: unknown }

type Content =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'body'; readonly body: Body<AnyFrame> }
  | { readonly kind: 'iterable'; readonly pieces: Iterable<unknown> }

/**
 * Sends what a blocking function has returned.
 *
 * @throws {HttpError} `WORKER_RESULT_INVALID` or `WOULD_WAIT`, and any error of an iterable.
 */
export const sendResult = (returned: unknown, output: RingOutput): void => {
  const result = resultOf(returned)
  if (result.kind !== 'nothing' && output.hasBegun)
    throw invalid('found a returned response behind respond(), wanted one of the two')
  match(result)
    .with({ kind: 'nothing' }, () => output.end())
    .with({ kind: 'response' }, ({ head, body }) => sendContent(head, contentOf(body), output))
    .with({ kind: 'content' }, ({ content }) => sendContent({}, contentOf(content), output))
    .exhaustive()
}

const resultOf = (returned: unknown): Result => {
  if (returned === undefined) return { kind: 'nothing' }
  refusePromise(returned)
  if (typeof returned === 'string' || isIterable(returned) || isBody(returned))
    return { kind: 'content', content: returned }
  if (isHead(returned))
    return {
      kind: 'response',
      head: returned,
      body: 'body' in returned ? returned.body : undefined,
    }
  throw invalid(`found ${foundIn(returned)}, wanted a string, bytes, an iterable or a response`)
}

const isHead = (returned: unknown): returned is BlockingHead =>
  isObject(returned) && ('status' in returned || 'headers' in returned || 'body' in returned)

const isBody = (value: unknown): value is Body<AnyFrame> => isAsyncIterable(value)

const contentOf = (content: unknown): Content => {
  refusePromise(content)
  if (content === undefined) return { kind: 'none' }
  if (typeof content === 'string') return { kind: 'text', text: content }
  if (isByteArray(content)) return { kind: 'bytes', bytes: content }
  if (isBody(content)) return { kind: 'body', body: content }
  if (isIterable(content)) return { kind: 'iterable', pieces: content }
  throw invalid(`found ${foundIn(content)} as content, wanted a string, bytes or an iterable`)
}

const sendContent = (head: BlockingHead, content: Content, output: RingOutput): void =>
  match(content)
    .with({ kind: 'none' }, () => output.whole(head, noBytes))
    .with({ kind: 'text' }, ({ text }) => output.whole(head, encodeText(text), textType))
    .with({ kind: 'bytes' }, ({ bytes }) => output.whole(head, bytes))
    .with({ kind: 'body' }, ({ body }) => sendBody(head, body, output))
    .with({ kind: 'iterable' }, ({ pieces }) => sendPieces(head, pieces, output))
    .exhaustive()

const sendPieces = (head: BlockingHead, pieces: Iterable<unknown>, output: RingOutput): void => {
  output.begin(head)
  // Leaving the loop by an error closes the iterator.
  for (const piece of pieces) sendPiece(piece, output)
  output.end()
}

const sendPiece = (piece: unknown, output: RingOutput): void => {
  if (typeof piece === 'string' || isByteArray(piece)) output.write(piece)
  else if (hasKind(piece)) sendFrame(piece, output)
  else throw invalidPiece(piece)
}

const invalidPiece = (piece: unknown) => {
  refuseLater(piece)
  return invalid(`found ${foundIn(piece)} in the iterable, wanted a string, bytes or flush`)
}

/** Pulls a body of `text()`, `json()` and the like, which never waits. */
const sendBody = (head: BlockingHead, body: Body<AnyFrame>, output: RingOutput): void => {
  const source = pullFrom(body)
  try {
    // Before the head: the error of a body that waits is then the response.
    let frame = pulledFrom(source)
    output.begin(head, body.byteLength)
    for (; frame !== undefined; frame = pulledFrom(source)) sendFrame(frame, output)
    output.end()
  } finally {
    closeQuietly(source)
  }
}

const pulledFrom = (source: Pull<AnyFrame>): AnyFrame | undefined => {
  const frame = source.pull()
  if (!isPromiseLike(frame)) return frame
  // It is no longer read, and its rejection must not end the thread.
  frame.then(undefined, () => {})
  throw wouldWait('a body that waits', 'return an iterable that blocks, or a body that is there')
}

const sendFrame = (frame: AnyFrame, output: RingOutput): void => {
  if (isData(frame)) output.write(frame.bytes)
  else if (isTrailers(frame)) output.trailers(fields(frame.fields))
  else if (isFlush(frame) && frame.sent === undefined) output.flush()
  else {
    const error = wouldWait(
      `a ${frame.kind} frame`,
      'only bytes, flushes without a receipt and trailers cross',
    )
    loseFrame(frame, error.message)
    throw error
  }
}

const textType = 'text/plain; charset=utf-8'

const invalid = (message: string) =>
  blockingError('WORKER_RESULT_INVALID', `Cannot send the response: ${message}`)
