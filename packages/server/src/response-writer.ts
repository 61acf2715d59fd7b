import { BodyError, isData, isFlush, isPause, isPromiseLike, isTrailers } from '@sluice/body'
import { chunkHead, lastChunk } from '@sluice/chunked-input'
import type { AnyFrame, Fields, Pull } from '@sluice/body'
import type { Output } from './output.ts'
import type { ResponseFraming } from './response-head.ts'

/** What the writer needs of its exchange. */
export interface WriterHost {
  /** The body has ended, and what it gave stands in the output. */
  ended(): void
  /** The body failed, or is not what its framing says. */
  fail(error: unknown): void
}

/** So many frames, or writes, and others get their turn: a source that always has something must not starve the process. */
const framesAtOnce = 1024
const writesAtOnce = 16

/**
 * Pulls a response's body and puts it on the wire: what is there at once in one write, a flush at once, no more than the socket
 * has room for.
 */
export class ResponseWriter {
  /** Which pause lasts, counted from 1; 0 where none does. */
  pause = 0
  #pauses = 0
  readonly #source: Pull<AnyFrame>
  readonly #framing: ResponseFraming
  readonly #output: Output
  readonly #highWaterBytes: number
  readonly #host: WriterHost
  #head: string | undefined
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  /** What is left of a frame too large for one write. */
  #rest: Uint8Array | undefined
  #left: number
  #trailers: Fields | undefined
  /** Frames and writes since others had their turn: neither a source nor a socket that takes all at once gives them one. */
  #frames = 0
  #writes = 0
  #writesSoon = false
  #waiting: 'none' | 'room' | 'source' = 'none'
  #over = false

  constructor(
    source: Pull<AnyFrame>,
    head: string,
    framing: ResponseFraming,
    output: Output,
    highWaterBytes: number,
    host: WriterHost,
  ) {
    this.#source = source
    this.#head = head
    this.#framing = framing
    this.#output = output
    this.#highWaterBytes = highWaterBytes
    this.#host = host
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY
  }

  /** Whether none of the response has been given to the output. */
  get untouched(): boolean {
    return this.#head !== undefined
  }

  /** Goes on where there is something to do; called at the start and when the socket has room. */
  pump(): void {
    if (this.#waiting === 'source' || this.#over) return
    this.#waiting = 'none'
    try {
      this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Leaves early: nothing more is written. */
  close(): void | PromiseLike<void> {
    if (this.#over) return
    this.#over = true
    return this.#source.close()
  }

  #loop(): void {
    for (;;) {
      if (this.#gatheredBytes >= this.#highWaterBytes) {
        this.#write()
        if (++this.#writes >= writesAtOnce) return this.#breathe()
      }
      if (++this.#frames >= framesAtOnce) return this.#breathe()
      if (!this.#output.hasRoom) {
        this.#write()
        this.#waiting = 'room'
        return
      }
      if (this.#rest !== undefined) {
        this.#gather(this.#rest)
        continue
      }
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) {
        if (this.#gatheredBytes > 0) this.#writeSoon()
        this.#waiting = 'source'
        frame.then(this.#arrived, this.#failed)
        return
      }
      if (!this.#take(frame)) return
    }
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    if (this.#over) {
      if (frame !== undefined && isFlush(frame)) frame.sent?.(lost())
      return
    }
    this.#waiting = 'none'
    try {
      if (this.#take(frame)) this.#loop()
    } catch (error) {
      this.#fail(error)
    }
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#over) this.#fail(error)
  }

  /** Takes a frame; `false` where the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    if (isData(frame)) {
      this.#checkOrder(frame)
      this.#gather(frame.bytes)
      return true
    }
    if (isFlush(frame)) {
      this.#write()
      this.#output.flush(frame.sent)
      return true
    }
    if (isPause(frame)) {
      this.#write()
      this.#pause(frame.until)
      return false
    }
    if (isTrailers(frame)) {
      this.#checkOrder(frame)
      this.#trailers = frame.fields
    }
    return true
  }

  #checkOrder(frame: AnyFrame): void {
    if (this.#trailers === undefined) return
    throw new BodyError(
      'BODY_INVALID',
      `Cannot send the body: found a ${frame.kind} frame after the trailers`,
    )
  }

  #gather(bytes: Uint8Array): void {
    const part =
      bytes.length > this.#highWaterBytes ? bytes.subarray(0, this.#highWaterBytes) : bytes
    this.#rest = part === bytes ? undefined : bytes.subarray(this.#highWaterBytes)
    this.#left -= part.length
    if (this.#left < 0) throw lengthMismatch('more')
    if (part.length === 0) return
    this.#gathered.push(part)
    this.#gatheredBytes += part.length
  }

  #pause(until: PromiseLike<unknown>): void {
    this.pause = ++this.#pauses
    this.#waiting = 'source'
    until.then(
      () => {
        this.pause = 0
        this.#waiting = 'none'
        this.pump()
      },
      (error) => {
        this.pause = 0
        if (!this.#over) this.#fail(error)
      },
    )
  }

  /** Puts what is gathered into the output, as one chunk where the framing is chunked, and writes. */
  #write(): void {
    this.#move()
    this.#output.write()
  }

  /**
   * Writes unless more comes in this turn of the process: a generator's frames come by promises also where it waits for nothing,
   * and a write for each of them would cost ten times what it does together.
   */
  #writeSoon(): void {
    if (this.#writesSoon) return
    this.#writesSoon = true
    setImmediate(this.#writeNow)
  }

  readonly #writeNow = (): void => {
    this.#writesSoon = false
    if (!this.#over) this.#write()
  }

  #move(): void {
    if (this.#head !== undefined) {
      this.#output.text(this.#head)
      this.#head = undefined
    }
    if (this.#gatheredBytes === 0) return
    const chunked = this.#framing.kind === 'chunked'
    if (chunked) this.#output.text(chunkHead(this.#gatheredBytes))
    for (const part of this.#gathered) this.#output.bytes(part)
    if (chunked) this.#output.text('\r\n')
    this.#gathered = []
    this.#gatheredBytes = 0
  }

  /** Ends the response; the connection writes, together with the answers to requests that have come already. */
  #end(): void {
    if (this.#framing.kind === 'length' && this.#left > 0) throw lengthMismatch('fewer')
    const last = this.#framing.kind === 'chunked' ? lastChunk(this.#trailers) : ''
    this.#move()
    this.#over = true
    if (last !== '') this.#output.text(last)
    this.#host.ended()
  }

  #fail(error: unknown): void {
    this.#over = true
    this.#gathered = []
    closeQuietly(this.#source)
    this.#host.fail(error)
  }

  #breathe(): void {
    this.#waiting = 'source'
    setImmediate(() => {
      this.#frames = 0
      this.#writes = 0
      this.#waiting = 'none'
      this.pump()
    })
  }
}

/** Closes a source whose own error, if any, comes after the one that is told. */
const closeQuietly = (source: Pull<AnyFrame>) => {
  try {
    Promise.resolve(source.close()).then(undefined, () => {})
  } catch {
    // See above.
  }
}

const lost = () =>
  new BodyError('FLUSH_LOST', 'Cannot send the flush: the response was cut before it')

const lengthMismatch = (found: string) =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot send the body: found ${found} bytes than its length says`,
  )
