import type { Readable } from 'node:stream'
import type { NodeReadable } from '@sluice/body'

/** The stream of a request's content, for `toBody`. It is not destroyed if it is left early: the rest is read and discarded. */
export class RequestStream implements NodeReadable {
  stream: Readable

  constructor(stream: Readable) {
    this.stream = stream
  }

  get readableEnded(): boolean {
    return this.stream.readableEnded
  }

  get readableLength(): number {
    return this.stream.readableLength
  }

  get readableHighWaterMark(): number {
    return this.stream.readableHighWaterMark
  }

  get readableObjectMode(): boolean {
    return false
  }

  get destroyed(): boolean {
    return this.stream.destroyed
  }

  get closed(): boolean {
    return this.stream.closed
  }

  get errored(): unknown {
    return this.stream.errored
  }

  read(size?: number): unknown {
    return size === undefined ? this.stream.read() : this.stream.read(size)
  }

  on(event: string, listener: (reason?: unknown) => void): unknown {
    return this.stream.on(event, listener)
  }

  off(event: string, listener: (reason?: unknown) => void): unknown {
    return this.stream.off(event, listener)
  }

  pipe(): never {
    throw new TypeError('Cannot pipe the content of a request: wanted its body to be read')
  }

  destroy(): void {
    // Not before the listener to `readable` has gone, which keeps a stream from flowing.
    setImmediate(() => this.stream.resume())
  }
}
