import { deferred } from '@sluice/body/engine'
import type { Readable } from 'node:stream'
import type { Bytes } from '@sluice/body'
import type { Deferred } from '@sluice/body/engine'

/** Bytes that are read before they are asked for. Then the program has to wait. */
const highWaterBytes = 262_144

/**
 * Reads the output of a program ahead, up to a limit.
 *
 * By `data` and not by `read()`: Node then reads all that the pipe has in one turn of the event loop, and not one piece.
 */
export class ReadAhead {
  readonly #stream: Readable
  #pieces: Bytes[] = []
  #taken = 0
  #bytes = 0
  #state: 'open' | 'ended' | 'closed' = 'open'
  #failure: { readonly error: unknown } | undefined
  #waiting: Deferred<Bytes | undefined> | undefined

  constructor(stream: Readable) {
    this.#stream = stream
    stream.on('data', (piece: Bytes) => this.#add(piece))
    stream.once('end', () => this.#end())
    stream.on('error', (error) => {
      this.#failure ??= { error }
      this.#end()
    })
  }

  /** Whether nothing has come that was not taken. */
  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** The next piece; `undefined` at the end, and after `close`. A promise only if nothing has come. One call at a time. */
  take(): Bytes | undefined | Promise<Bytes | undefined> {
    if (this.#bytes > 0) return this.#next()
    if (this.#state !== 'open') return this.#over()
    this.#waiting = deferred()
    return this.#waiting.promise
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#failure = undefined
    this.#pieces = []
    this.#bytes = 0
    this.#stream.destroy()
    this.#give(undefined)
  }

  #add(piece: Bytes): void {
    if (this.#state === 'closed') return
    if (this.#waiting !== undefined) return this.#give(piece)
    this.#pieces.push(piece)
    this.#bytes += piece.length
    if (this.#bytes >= highWaterBytes) this.#stream.pause()
  }

  #next(): Bytes | undefined {
    const piece = this.#pieces[this.#taken++]
    if (this.#taken === this.#pieces.length) {
      this.#pieces = []
      this.#taken = 0
    }
    this.#bytes -= piece?.length ?? 0
    if (this.#bytes < highWaterBytes / 2 && this.#stream.isPaused()) this.#stream.resume()
    return piece
  }

  #over(): undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  #end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    if (this.#failure === undefined || this.#waiting === undefined) return this.#give(undefined)
    this.#waiting.reject(this.#failure.error)
    this.#waiting = undefined
    this.#failure = undefined
  }

  #give(piece: Bytes | undefined): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(piece)
  }
}
