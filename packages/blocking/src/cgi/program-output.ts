import { data } from '@sluice/body'
import { isPromiseLike, noBytes, plainFlush } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'
import { ReadAhead } from './read-ahead.ts'
import { endOfHead, headInvalid, parseHead } from './response-head.ts'
import type { Readable } from 'node:stream'
import type { Bytes, Frame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { HttpError } from '@sluice/stack'
import type { CgiHead } from './response-head.ts'

/** The run that the output belongs to. */
export interface OutputOwner {
  /** Whether more output is awaited, or the end. */
  asked(isAsked: boolean): void
  /** Waits for the end of the program. Throws what it failed with, or what the run was stopped with. */
  ended(): Promise<void>
  /** Waits as `ended`, but not for long: without a head there is nothing to wait for but the exit code. */
  endedInHead(): Promise<void>
  /** The reader has left, or the output is not what its head says. */
  left(): void
}

/** The stdout of a program: first its head, then, as a pull, the body. */
export class ProgramOutput implements Pull<Frame> {
  readonly #ahead: ReadAhead
  readonly #owner: OutputOwner
  /** What came after the head, and with its end. */
  #held: Bytes = noBytes
  #owesFlush = false
  /** Bytes that are still to come, if the head says how many. */
  #left = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(stdout: Readable, owner: OutputOwner) {
    this.#ahead = new ReadAhead(stdout)
    this.#owner = owner
  }

  /** @throws {HttpError} `CGI_HEAD_INVALID`, `CGI_FAILED` (502), or what the run was stopped with. */
  async readHead(maxBytes: number): Promise<CgiHead> {
    let bytes: Bytes = noBytes
    for (;;) {
      const piece = await this.#ahead.take()
      if (piece === undefined) return this.#endsInHead()
      bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece])
      const end = endOfHead(bytes)
      if (end > maxBytes || (end < 0 && bytes.length > maxBytes))
        throw headInvalid(`a head of more than ${maxBytes} bytes`)
      if (end < 0) continue
      const head = parseHead(bytes.subarray(0, end))
      this.#held = bytes.subarray(end)
      this.#owesFlush = this.#held.length === 0
      this.#left = head.byteLength ?? Number.POSITIVE_INFINITY
      return head
    }
  }

  pull(): Pulled<Frame> {
    if (this.#isOver) return undefined
    if (this.#owesFlush) {
      this.#owesFlush = false
      return plainFlush
    }
    if (this.#held.length > 0) {
      const bytes = this.#held
      this.#held = noBytes
      return this.#give(bytes)
    }
    const piece = this.#ahead.take()
    if (!isPromiseLike(piece)) return this.#take(piece)
    this.#owner.asked(true)
    return piece.then(this.#arrived)
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.cut()
    this.#owner.left()
  }

  /**
   * For a response without content: throws away what is printed, and waits for the end of the program. What is printed is no sign of
   * life here: the whole wait counts for the time-out.
   */
  async discard(): Promise<void> {
    this.#held = noBytes
    this.#owner.asked(true)
    while ((await this.#ahead.take()) !== undefined);
    await this.#owner.ended()
  }

  /** Reads no more: a pending pull comes to its end, and then throws what the run was stopped with. */
  cut(): void {
    this.#held = noBytes
    this.#ahead.close()
  }

  readonly #arrived = (piece: Bytes | undefined): Pulled<Frame> => {
    if (this.#isOver) return undefined
    if (piece !== undefined) this.#owner.asked(false)
    return this.#take(piece)
  }

  #take(piece: Bytes | undefined): Pulled<Frame> {
    return piece === undefined ? this.#end() : this.#give(piece)
  }

  /** What was printed is delivered before more is waited for. */
  #give(bytes: Bytes): Frame {
    this.#owesFlush = this.#ahead.isEmpty
    this.#left -= bytes.length
    if (this.#left >= 0) return data(bytes)
    this.close()
    throw otherLength('more')
  }

  async #end(): Promise<undefined> {
    this.#owner.asked(true)
    try {
      await this.#owner.ended()
    } finally {
      this.#isOver = true
    }
    if (this.#left > 0 && this.#left !== Number.POSITIVE_INFINITY) throw otherLength('fewer')
    return undefined
  }

  async #endsInHead(): Promise<never> {
    await this.#owner.endedInHead()
    throw headInvalid('no head')
  }
}

const otherLength = (found: string): HttpError =>
  blockingError(
    'CGI_FAILED',
    `Cannot use the response of the program: found ${found} bytes than its content-length says`,
  )
