import { BodyError } from './body-error.ts'
import { breathe } from './breathe.ts'
import { bodyUsed, claim } from './claim.ts'
import type { PieceResult, PieceSource } from './piece-source.ts'

/** A Node `Readable`, by shape, so that this package imports nothing of Node. */
export interface NodeReadable {
  read(): unknown
  pipe(...to: never[]): unknown
  on(event: string, listener: (reason?: unknown) => void): unknown
  off(event: string, listener: (reason?: unknown) => void): unknown
  destroy(): unknown
  readonly readableEnded?: boolean
  readonly destroyed?: boolean
  readonly closed?: boolean
  readonly errored?: unknown
}

const events = ['readable', 'end', 'close'] as const

/**
 * Reads a Node `Readable` by `read()`, so that what is buffered costs no promise.
 *
 * Listens to `error` from the call on, since an error may come before the first reading and nobody else hears it; to
 * the rest only while it waits. Leaving early, or an error, destroys the stream; what it says of that is not heard any
 * more.
 */
export const readableSource = (stream: NodeReadable): (() => PieceSource) => {
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}
  const onError = (error: unknown) => {
    failure ??= { error }
    wake()
  }
  const forget = () => {
    stream.off('error', onError)
    stream.off('close', forget)
  }
  stream.on('error', onError)

  /** Until it is closed an error may still come, which without a listener would end the process. */
  const leave = () => {
    // `closed` comes before the events that tell of it.
    if (stream.closed === true) breathe().then(forget)
    else stream.on('close', forget)
    stream.destroy()
    wake()
  }

  const next = (): PieceResult | undefined => {
    if (failure === undefined && stream.readableEnded === true) {
      forget()
      return { done: true }
    }
    if (failure === undefined && stream.destroyed !== true) {
      const value = stream.read()
      if (value !== null) return { value }
    }
    // Nothing yet; of one that was destroyed, the reason may be on its way.
    if (failure === undefined && (stream.destroyed !== true || stream.closed === false))
      return undefined
    leave()
    throw failure === undefined ? (stream.errored ?? endedEarly()) : failure.error
  }

  const wait = () =>
    new Promise<void>((resolve) => {
      const heard = () => wake()
      wake = () => {
        wake = () => {}
        for (const event of events) stream.off(event, heard)
        resolve()
      }
      for (const event of events) stream.on(event, heard)
    })

  const nextLater = async (): Promise<PieceResult> => {
    for (;;) {
      await wait()
      const result = next()
      if (result !== undefined) return result
    }
  }

  return () => {
    claim(stream)
    // It has been read to its end by somebody else: that is no empty body.
    if (stream.readableEnded === true) throw bodyUsed()
    return { next: () => next() ?? nextLater(), close: leave }
  }
}

const endedEarly = () =>
  new BodyError('BODY_ENDED_EARLY', 'Cannot read the stream: it was closed before its end')
