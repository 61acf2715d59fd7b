import { data, isData, toBody } from '@sluice/body'
import { isPromiseLike, noBytes, plainFlush, pullFrom, timerMs } from '@sluice/body/engine'
import { lengthMismatch } from '@sluice/stack/host'
import { endOfHead, headInvalid, parseHead } from './response-head.ts'
import type { Readable } from 'node:stream'
import type { AnyFrame, Frame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { CgiHead } from './response-head.ts'

/** The run that the output belongs to. */
export interface OutputOwner {
  /** Whether more output is awaited, or the end. */
  asked(isAsked: boolean): void
  /** Waits for the end of the program. Throws what it failed with, or what the run was stopped with. */
  ended(): Promise<void>
  /** The reader has left. */
  left(): void
}

/** The stdout of a program: first its head, then, as a pull, the body. */
export class ProgramOutput implements Pull<Frame> {
  readonly #stdout: Readable
  readonly #source: Pull<AnyFrame>
  readonly #owner: OutputOwner
  /** What came after the head, and with its end. */
  #held = noBytes
  #owesFlush = false
  /** Bytes that are still to come, if the head says how many. */
  #left = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(stdout: Readable, owner: OutputOwner) {
    this.#stdout = stdout
    this.#source = pullFrom(toBody(stdout))
    this.#owner = owner
  }

  /** @throws {HttpError} `CGI_HEAD_INVALID`, `CGI_FAILED` (502), and what the run was stopped with. */
  async readHead(maxBytes: number): Promise<CgiHead> {
    let bytes = noBytes
    for (;;) {
      const frame = await this.#source.pull()
      if (frame === undefined) return this.#endsInHead()
      if (!isData(frame)) continue
      bytes = bytes.length === 0 ? frame.bytes : Buffer.concat([bytes, frame.bytes])
      const end = endOfHead(bytes)
      if (end > maxBytes || (end < 0 && bytes.length > maxBytes))
        throw headInvalid(`a head of more than ${maxBytes} bytes`)
      if (end < 0) continue
      const head = parseHead(bytes.subarray(0, end))
      this.#held = bytes.subarray(end)
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
    const pulled = this.#source.pull()
    if (!isPromiseLike(pulled)) return this.#take(pulled)
    this.#owner.asked(true)
    return Promise.resolve(pulled).then(this.#arrived)
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.cut()
    this.#owner.left()
  }

  /** For a response without content: reads all of it, for at most so many milliseconds, and throws it away. */
  async discard(ms: number): Promise<void> {
    this.#left = Number.POSITIVE_INFINITY
    const timer = setTimeout(() => this.close(), timerMs(ms))
    try {
      while ((await this.pull()) !== undefined);
    } finally {
      clearTimeout(timer)
    }
  }

  /** Reads no more: a pending pull comes to its end, and then throws what the run was stopped with. */
  cut(): void {
    this.#source.close()
  }

  readonly #arrived = (frame: AnyFrame | undefined): Pulled<Frame> => {
    if (this.#isOver) return undefined
    if (frame !== undefined) this.#owner.asked(false)
    return this.#take(frame)
  }

  #take(frame: AnyFrame | undefined): Pulled<Frame> {
    if (frame === undefined) return this.#end()
    return isData(frame) ? this.#give(frame.bytes) : this.pull()
  }

  /** What was printed is delivered before more is waited for. */
  #give(bytes: Uint8Array): Frame {
    this.#owesFlush = this.#stdout.readableLength === 0
    this.#left -= bytes.length
    if (this.#left >= 0) return data(bytes)
    this.close()
    throw lengthMismatch('more')
  }

  async #end(): Promise<undefined> {
    this.#owner.asked(true)
    try {
      await this.#owner.ended()
    } finally {
      this.#isOver = true
    }
    if (this.#left > 0 && this.#left !== Number.POSITIVE_INFINITY) throw lengthMismatch('fewer')
    return undefined
  }

  async #endsInHead(): Promise<never> {
    await this.#owner.ended()
    throw headInvalid('no head')
  }
}
