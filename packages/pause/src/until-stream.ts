import { isEmitter, isOver, listen, streamOver, waitFailed } from './listen.ts'
import { startWait } from './wait.ts'
import type { WaitOptions } from './bounds.ts'
import type { Emitter } from './listen.ts'
import type { Wait } from './wait.ts'

/** A Node `Readable`, by shape. */
export interface ReadableEmitter extends Emitter {
  read(): unknown
  readonly readableLength: number
  readonly readableEnded: boolean
}

/** A Node `Writable`, by shape. */
export interface WritableEmitter extends Emitter {
  readonly writableNeedDrain: boolean
  readonly writableEnded: boolean
  readonly destroyed: boolean
}

export const isReadable = (source: object): source is ReadableEmitter =>
  isEmitter(source) && 'readableLength' in source && 'readableEnded' in source

export const isWritable = (source: object): source is WritableEmitter =>
  isEmitter(source) && 'writableNeedDrain' in source && 'writableEnded' in source

/** Waits until a stream has something to read, or its end. */
export const untilReadable = (stream: ReadableEmitter, options: WaitOptions): Wait<void> => {
  const what = 'the stream to be readable'
  return startWait<void>(
    what,
    (fulfil, fail) => {
      if (stream.readableEnded) fulfil()
      else if (isOver(stream)) fail(streamOver(stream, what))
      else if (stream.readableLength > 0) fulfil()
      else {
        const ready = () => fulfil()
        // When everything was read before the end came, there is an `end` and no further `readable`.
        const events = new Map([
          ['readable', ready],
          ['end', ready],
        ])
        return listen(stream, what, events, fail)
      }
      return undefined
    },
    options,
  )
}

/** Waits until a stream wants more to be written. */
export const untilWritable = (stream: WritableEmitter, options: WaitOptions): Wait<void> => {
  const what = 'the stream to be writable'
  return startWait<void>(
    what,
    (fulfil, fail) => {
      const ended = () => fail(waitFailed(what, 'it was ended'))
      if (isOver(stream)) fail(streamOver(stream, what))
      else if (stream.writableEnded) ended()
      else if (!stream.writableNeedDrain && !stream.destroyed) fulfil()
      else {
        const events = new Map([
          ['drain', () => fulfil()],
          ['finish', ended],
        ])
        return listen(stream, what, events, fail)
      }
      return undefined
    },
    options,
  )
}
