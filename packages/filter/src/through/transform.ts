import { toBody } from '@sluice/body'
import { closeQuietly, isObject, nextTurn, pullFrom } from '@sluice/body/engine'
import type { AnyFrame, Bytes, NodeReadable, WebReadable } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/** A web `TransformStream`, or another pair of streams of bytes, by shape. */
export interface WebTransform {
  readonly readable: WebReadable
  readonly writable: {
    getWriter(): {
      write(chunk: Bytes): Promise<void>
      close(): Promise<void>
      abort(reason?: unknown): Promise<void>
    }
  }
}

/** A Node `Duplex`, by shape, so that this package imports nothing of Node. */
export interface NodeDuplex extends NodeReadable {
  write(chunk: Bytes, done: (error?: Error | null) => void): boolean
  end(): unknown
}

export type TransformLike = WebTransform | NodeDuplex

/** A transform of either kind, as its two sides. */
export interface Transform {
  readonly output: Pull<AnyFrame>
  /** Settles when the transform has accepted the bytes. */
  write(bytes: Bytes): Promise<void>
  /** Settles when the transform has accepted the end. */
  end(): Promise<void>
  /** Closes both sides, ended or not. Does not wait; later errors are ignored. */
  leave(reason?: unknown): void
}

/** @throws {TypeError} When it is neither a web transform nor a Node duplex. */
export const transformOf = (made: TransformLike): Transform => {
  if (isWebTransform(made)) return webTransform(made)
  if (isNodeDuplex(made)) return nodeTransform(made)
  throw new TypeError(
    `Cannot filter through ${Object.prototype.toString.call(made)}: wanted a TransformStream or a Duplex`,
  )
}

const isWebTransform = (made: unknown): made is WebTransform =>
  isObject(made) &&
  'readable' in made &&
  isObject(made.readable) &&
  'getReader' in made.readable &&
  'writable' in made &&
  isObject(made.writable) &&
  'getWriter' in made.writable

const isNodeDuplex = (made: unknown): made is NodeDuplex =>
  isObject(made) && 'read' in made && 'write' in made && 'end' in made && 'destroy' in made

const webTransform = ({ readable, writable }: WebTransform): Transform => {
  const writer = writable.getWriter()
  const output = pullFrom(toBody(readable))
  return {
    output,
    write: (bytes) => writer.write(bytes),
    end: () => writer.close(),
    leave(reason) {
      // In this order: an aborted TransformStream refuses to be cancelled.
      closeQuietly(output)
      writer.abort(reason).catch(() => {})
    },
  }
}

const nodeTransform = (stream: NodeDuplex): Transform => {
  // The code that reads it listens to its errors; this listener is for those that come after that.
  const ignore = () => {}
  stream.on('error', ignore)
  const forget = () => {
    stream.off('error', ignore)
    stream.off('close', forget)
  }
  const output = pullFrom(toBody(stream))
  return {
    output,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    async end() {
      stream.end()
    },
    leave() {
      // `closed` comes before the events that tell of it.
      if (stream.closed === true) nextTurn().then(forget)
      else stream.on('close', forget)
      stream.destroy()
      closeQuietly(output)
    },
  }
}
