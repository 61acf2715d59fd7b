import { BodyError, fields } from '@sluice/body'
import { checkCount, foundIn, isByteArray, isObject, LineQueue } from '@sluice/body/engine'
import { errorOfRecord, markOfInput } from '../channel/error-record.ts'
import { ofJsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import type { Bytes, Fields } from '@sluice/body'
import type { BlockingInput } from '../types.ts'
import type { LoopLink } from './loop-link.ts'

const blockBytes = 65_536
/** `readInto` takes less than this from a block that it keeps: each look at the ring costs as much as a small copy. */
const leastDirect = 16_384
const defaultLineBytes = 65_536
const defaultTextBytes = 1_048_576

interface MaxBytes {
  readonly maxBytes?: number
}

type State =
  | { readonly is: 'open' }
  | { readonly is: 'ended' }
  | { readonly is: 'failed'; readonly error: unknown }

/** The input of a blocking function: reads what the loop has written. */
export class RingInput implements BlockingInput {
  readonly #link: LoopLink
  readonly #held = new LineQueue()
  #state: State = { is: 'open' }
  #trailers: Fields | undefined

  constructor(link: LoopLink) {
    this.#link = link
  }

  get trailers(): Fields | undefined {
    return this.#trailers
  }

  read(maxBytes: number = blockBytes): Bytes | undefined {
    checkCount('maxBytes', maxBytes, 1)
    if (this.#held.byteLength === 0 && !this.#more()) return undefined
    return this.#held.takeSome(maxBytes)
  }

  readInto(target: Uint8Array): number {
    if (!isByteArray(target) || target.length === 0)
      throw new RangeError('Cannot read into the target: wanted a Uint8Array of 1 byte or more')
    if (this.#held.byteLength > 0 || target.length < leastDirect) return this.#takeInto(target)
    return this.#awaitData() ? this.#takeDirect(target) : 0
  }

  readExactly(byteLength: number): Bytes {
    // Not Infinity: `readBytes` reads everything, and has a limit.
    if (!Number.isSafeInteger(byteLength) || byteLength < 0)
      throw new RangeError(
        `Cannot read ${String(byteLength)} bytes: wanted a whole number of 0 or more`,
      )
    while (this.#held.byteLength < byteLength)
      if (!this.#more()) throw endedEarly(byteLength, this.#held.byteLength)
    return this.#held.take(byteLength)
  }

  readLine(options?: MaxBytes): string | undefined {
    return this.nextLine(maxBytesOf(options, defaultLineBytes))
  }

  lines(options?: MaxBytes): IterableIterator<string> {
    return new InputLines(this, maxBytesOf(options, defaultLineBytes))
  }

  /** As `readLine`, with a limit that has been checked. */
  nextLine(maxBytes: number): string | undefined {
    let line = this.#takeLine(maxBytes)
    while (line === undefined) {
      if (!this.#more()) return this.#takeLastLine(maxBytes)
      line = this.#takeLine(maxBytes)
    }
    return line
  }

  readBytes(options?: MaxBytes): Bytes {
    const maxBytes = maxBytesOf(options, defaultTextBytes)
    do if (this.#held.byteLength > maxBytes) throw this.#fail(tooLarge(maxBytes))
    while (this.#more())
    return this.#held.take(this.#held.byteLength)
  }

  readText(options?: MaxBytes): string {
    return new TextDecoder().decode(this.readBytes(options))
  }

  #takeLine(maxBytes: number): string | undefined {
    try {
      return this.#held.takeLine(maxBytes)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #takeLastLine(maxBytes: number): string | undefined {
    try {
      return this.#held.takeLastLine(maxBytes)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #takeInto(target: Uint8Array): number {
    const bytes = this.read(target.length)
    if (bytes === undefined) return 0
    target.set(bytes)
    return bytes.length
  }

  #takeDirect({ buffer, byteOffset, length }: Uint8Array): number {
    const taken = this.#link.reader.takeDataInto(Buffer.from(buffer, byteOffset, length))
    this.#link.tellRoom()
    return taken
  }

  /** Takes what has arrived, and waits if there is nothing. `false` at the end. */
  #more(): boolean {
    if (!this.#awaitData()) return false
    this.#held.push(this.#link.reader.takeData(blockBytes))
    this.#link.tellRoom()
    return true
  }

  /** Waits until data is next. `false` at the end. */
  #awaitData(): boolean {
    while (this.#state.is === 'open') {
      const kind = this.#link.nextKind()
      if (kind === record.data) return true
      const bytes = this.#link.reader.take()
      this.#link.tellRoom()
      this.#takeOther(kind, bytes)
    }
    if (this.#state.is === 'failed') throw this.#state.error
    return false
  }

  #takeOther(kind: number, bytes: Bytes): void {
    if (kind === record.end) this.#state = { is: 'ended' }
    else if (kind === record.error) this.#fail(markOfInput(errorOfRecord(bytes).error))
    else if (kind === record.trailers)
      this.#trailers = fields(ofJsonBytes<readonly (readonly [string, string])[]>(bytes))
  }

  /** An error is not an end: every later call fails with it too. */
  #fail(error: unknown): unknown {
    this.#held.clear()
    this.#state = { is: 'failed', error }
    return error
  }
}

/** A class: a generator costs twice as much a line. */
class InputLines implements IterableIterator<string> {
  readonly #input: RingInput
  readonly #maxBytes: number

  constructor(input: RingInput, maxBytes: number) {
    this.#input = input
    this.#maxBytes = maxBytes
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this
  }

  next(): IteratorResult<string, undefined> {
    const value = this.#input.nextLine(this.#maxBytes)
    return value === undefined ? { done: true, value } : { done: false, value }
  }
}

/** Plain JavaScript may give anything as options. */
const maxBytesOf = (options: MaxBytes | undefined, byDefault: number): number => {
  if (options === undefined) return byDefault
  if (!isObject(options))
    throw new TypeError(`Cannot use the options: found ${foundIn(options)}, wanted an object`)
  const { maxBytes = byDefault } = options
  return checkCount('maxBytes', maxBytes, 0)
}

const endedEarly = (wanted: number, found: number): BodyError =>
  new BodyError('BODY_ENDED_EARLY', `Cannot read ${wanted} bytes: found the end after ${found}`)

const tooLarge = (maxBytes: number): BodyError =>
  new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read the body: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
  )
