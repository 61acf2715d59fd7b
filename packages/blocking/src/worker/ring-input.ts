import { BodyError, fields } from '@sluice/body'
import { ByteQueue, checkCount, decodeText } from '@sluice/body/engine'
import { errorOfRecord, markOfInput } from '../channel/error-record.ts'
import { ofJsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import type { Bytes, Fields } from '@sluice/body'
import type { BlockingInput } from '../types.ts'
import type { LoopLink } from './loop-link.ts'

const blockBytes = 65_536
const defaultLineBytes = 65_536
const defaultTextBytes = 1_048_576

interface MaxBytes {
  readonly maxBytes?: number
}

type State =
  | { readonly is: 'open' }
  | { readonly is: 'ended' }
  | { readonly is: 'failed'; readonly error: unknown }

/** Drops a byte order mark; only the first line of a content can begin with one. */
const withoutByteOrderMark = new TextDecoder()

/** The input of a blocking function: reads what the loop has written. */
export class RingInput implements BlockingInput {
  readonly #link: LoopLink
  readonly #held = new ByteQueue()
  #isAtStart = true
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
    this.#isAtStart = false
    return this.#held.takeSome(maxBytes)
  }

  readExactly(byteLength: number): Bytes {
    // Not Infinity: `readBytes` reads everything, and has a limit.
    if (!Number.isSafeInteger(byteLength) || byteLength < 0)
      throw new RangeError(`Cannot read ${byteLength} bytes: wanted a whole number of 0 or more`)
    while (this.#held.byteLength < byteLength)
      if (!this.#more()) throw endedEarly(byteLength, this.#held.byteLength)
    this.#isAtStart &&= byteLength === 0
    return this.#held.take(byteLength)
  }

  readLine({ maxBytes = defaultLineBytes }: MaxBytes = {}): string | undefined {
    checkCount('maxBytes', maxBytes, 0)
    let searched = 0
    for (;;) {
      const end = this.#held.indexOf(10, searched)
      const found = end < 0 ? this.#held.byteLength : end
      // One byte over the limit may be the CR of the line end.
      if (found > maxBytes + 1) throw this.#fail(lineTooLong(maxBytes))
      if (end >= 0) return this.#textOf(this.#held.take(end + 1), maxBytes)
      searched = found
      if (!this.#more())
        return found === 0 ? undefined : this.#textOf(this.#held.take(found), maxBytes)
    }
  }

  *lines(options: MaxBytes = {}): IterableIterator<string> {
    for (let line = this.readLine(options); line !== undefined; line = this.readLine(options))
      yield line
  }

  readBytes({ maxBytes = defaultTextBytes }: MaxBytes = {}): Bytes {
    checkCount('maxBytes', maxBytes, 0)
    do if (this.#held.byteLength > maxBytes) throw this.#fail(tooLarge(maxBytes))
    while (this.#more())
    this.#isAtStart = false
    return this.#held.take(this.#held.byteLength)
  }

  readText(options: MaxBytes = {}): string {
    return withoutByteOrderMark.decode(this.readBytes(options))
  }

  #textOf(line: Bytes, maxBytes: number): string {
    let end = line.length
    if (line[end - 1] === 10) {
      end--
      if (line[end - 1] === 13) end--
    }
    if (end > maxBytes) throw this.#fail(lineTooLong(maxBytes))
    const bytes = line.subarray(0, end)
    if (!this.#isAtStart) return decodeText(bytes)
    this.#isAtStart = false
    return withoutByteOrderMark.decode(bytes)
  }

  /** Takes what has arrived, and waits if there is nothing. `false` at the end. */
  #more(): boolean {
    while (this.#state.is === 'open') {
      const kind = this.#link.nextKind()
      if (kind === record.data) {
        this.#held.push(this.#link.reader.takeData(blockBytes))
        this.#link.tellRoom()
        return true
      }
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

const endedEarly = (wanted: number, found: number): BodyError =>
  new BodyError('BODY_ENDED_EARLY', `Cannot read ${wanted} bytes: found the end after ${found}`)

const tooLarge = (maxBytes: number): BodyError =>
  new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read the body: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
  )

const lineTooLong = (maxBytes: number): BodyError =>
  new BodyError(
    'LINE_TOO_LONG',
    `Cannot read a line: found more than ${maxBytes} bytes, wanted at most ${maxBytes}`,
  )
