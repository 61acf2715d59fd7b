import { BodyError } from './body-error.ts'
import { isData, isFlush, isPause, isTrailers } from './kinds.ts'
import { isPromiseLike } from './pull.ts'
import type { AnyFrame, Data, Trailers } from './frames.ts'
import type { Pull } from './pull.ts'

/** A frame that a reader of bytes has to see. */
export type Content = Data | Trailers

/**
 * Pulls up to the next data or trailers frame, for readers that want bytes.
 *
 * Waits for a pause, tells a flush that everything before it has been read, passes over kinds it does not know. Gives a
 * promise only when it must wait.
 */
export const nextContent = (
  source: Pull<AnyFrame>,
): Content | undefined | PromiseLike<Content | undefined> => {
  for (;;) {
    const frame = source.pull()
    if (frame === undefined) return undefined
    if (isPromiseLike(frame)) return later(source, frame)
    if (isData(frame)) {
      if (frame.bytes.length > 0) return frame
    } else if (isTrailers(frame)) return frame
    else if (isPause(frame)) return afterPause(source, frame.until)
    else if (isFlush(frame)) frame.sent?.()
  }
}

/**
 * Makes sure that a trailers frame was the last.
 *
 * @throws {BodyError} `BODY_INVALID` when anything follows it.
 */
export const endAfterTrailers = async (source: Pull<AnyFrame>): Promise<void> => {
  const after = await source.pull()
  if (after === undefined) return
  await source.close()
  throw new BodyError(
    'BODY_INVALID',
    `Cannot read the body: found a ${after.kind} frame after the trailers, wanted the end`,
  )
}

const later = async (
  source: Pull<AnyFrame>,
  pending: PromiseLike<AnyFrame | undefined>,
): Promise<Content | undefined> => {
  const frame = await pending
  if (frame === undefined) return undefined
  if (isData(frame)) {
    if (frame.bytes.length > 0) return frame
  } else if (isTrailers(frame)) return frame
  else if (isPause(frame)) return afterPause(source, frame.until)
  else if (isFlush(frame)) frame.sent?.()
  return nextContent(source)
}

const afterPause = async (
  source: Pull<AnyFrame>,
  until: PromiseLike<unknown>,
): Promise<Content | undefined> => {
  try {
    await until
  } catch (error) {
    await source.close()
    throw error
  }
  return nextContent(source)
}
