import { BodyError } from './body-error.ts'
import { closeQuietly } from './engine/close-quietly.ts'
import { loseFrame } from './engine/lose-frame.ts'
import { isPromiseLike } from './engine/pull.ts'
import { settleReceipt } from './engine/settle-receipt.ts'
import { TurnSampler, yieldTurn } from './engine/turn-sampler.ts'
import { isData, isFlush, isPause, isTrailers } from './kinds.ts'
import type { Pull } from './engine/pull.ts'
import type { AnyFrame, Data, Pause, Trailers } from './frames.ts'

/** A frame that a reader of bytes has to see. */
export type Content = Data | Trailers

/**
 * Pulls up to the next data or trailers frame, for readers that want bytes.
 *
 * Waits for pauses, calls the receipts of flushes, skips frames of unknown kinds. Returns a promise only when it must wait.
 */
export const nextContent = (
  source: Pull<AnyFrame>,
): Content | undefined | PromiseLike<Content | undefined> => {
  const frame = source.pull()
  if (frame === undefined) return undefined
  if (isPromiseLike(frame) || isPause(frame)) return later(source, frame)
  return isContent(frame) ? frame : later(source, source.pull())
}

/**
 * Makes sure that a trailers frame was the last.
 *
 * @throws {BodyError} `BODY_INVALID` when anything follows it but empty data, which means nothing.
 */
export const endAfterTrailers = async (source: Pull<AnyFrame>): Promise<void> => {
  let after = await source.pull()
  while (after !== undefined && isData(after) && after.bytes.length === 0)
    after = await source.pull()
  if (after === undefined) return
  loseFrame(after, 'it came after the trailers')
  await closeQuietly(source)
  throw new BodyError(
    'BODY_INVALID',
    `Cannot read the body: found a ${after.kind} frame after the trailers, wanted the end`,
  )
}

/** A loop, and not a chain of promises: a body may have any number of flushes in a row. */
const later = async (
  source: Pull<AnyFrame>,
  first: AnyFrame | undefined | PromiseLike<AnyFrame | undefined>,
): Promise<Content | undefined> => {
  const sampler = new TurnSampler()
  let frame = await first
  while (frame !== undefined && !isContent(frame)) {
    if (isPause(frame)) await endOfPause(source, frame)
    if (sampler.isTurnOver()) await yieldTurn()
    frame = await source.pull()
  }
  return frame
}

const endOfPause = async (source: Pull<AnyFrame>, { until }: Pause): Promise<void> => {
  try {
    await until
  } catch (error) {
    await closeQuietly(source)
    throw error
  }
}

/** Whether a reader of bytes has to see a frame. If not, settles its receipt. */
const isContent = (frame: AnyFrame): frame is Content => {
  if (isData(frame)) return frame.bytes.length > 0
  if (isTrailers(frame)) return true
  if (isFlush(frame)) settleReceipt(frame.sent)
  else if (!isPause(frame)) loseFrame(frame, 'it was read as bytes')
  return false
}
