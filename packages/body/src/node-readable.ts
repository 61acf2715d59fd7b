import { BodyError } from './body-error.ts'
import type { PieceSource } from './to-body.ts'

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
}

const events = ['readable', 'end', 'close'] as const

/**
 * Reads a Node `Readable` by `read()`, so that what is buffered costs no promise.
 *
 * Listens to `error` from the call on, since an error may come before the first reading and nobody else hears it; to
 * the rest only while it waits. Leaving early destroys the stream.
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

  const next = (): IteratorResult<unknown> | undefined => {
    if (failure !== undefined) throw failure.error
    const chunk = stream.readableEnded === true || stream.destroyed === true ? null : stream.read()
    if (chunk !== null) return { done: false, value: chunk }
    if (stream.readableEnded === true) {
      forget()
      return { done: true, value: undefined }
    }
    if (stream.destroyed !== true || stream.closed === false) return undefined
    throw new BodyError('BODY_ENDED_EARLY', 'Cannot read the stream: it was closed before its end')
  }

  const wait = () =>
    new Promise<void>((resolve) => {
      wake = () => {
        wake = () => {}
        for (const event of events) stream.off(event, heard)
        resolve()
      }
      const heard = () => wake()
      for (const event of events) stream.on(event, heard)
    })

  const nextLater = async (): Promise<IteratorResult<unknown>> => {
    for (;;) {
      await wait()
      const result = next()
      if (result !== undefined) return result
    }
  }

  return () => ({
    next: () => next() ?? nextLater(),
    close() {
      // An error while it is being destroyed has no reader any more, and must not become an uncaught one.
      if (stream.closed === true) forget()
      else stream.on('close', forget)
      stream.destroy()
      wake()
    },
  })
}
