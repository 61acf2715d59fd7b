import { BodyError } from '@sluice/body'
import { chunkHead, lastChunk } from '@sluice/chunked-input'
import type { Fields } from '@sluice/body'
import type { Output } from '../connection/write-buffer.ts'
import type { ResponseFraming } from './response-head.ts'

/** Gathers the content of a response and puts it into the output as its framing wants it, behind its head. */
export class ContentFramer {
  /** Bytes gathered and not put into the output. */
  gatheredBytes = 0
  readonly #framing: ResponseFraming
  readonly #output: Output
  #head: string | undefined
  /** The first part that is gathered, and those after it: an array that has ever held something keeps 17 places. */
  #first: Uint8Array | undefined
  #more: Uint8Array[] | undefined
  /** Bytes that a length still allows; a small integer where there is none, and no object as `Infinity` is. */
  #left: number

  constructor(head: string, framing: ResponseFraming, output: Output) {
    this.#head = head
    this.#framing = framing
    this.#output = output
    this.#left = framing.kind === 'length' ? framing.bytes : 0
  }

  /** Whether none of the response has been put into the output. */
  get untouched(): boolean {
    return this.#head !== undefined
  }

  /** @throws {BodyError} `LENGTH_MISMATCH` when it is more than the length says. */
  gather(bytes: Uint8Array): void {
    if (this.#framing.kind === 'length') {
      this.#left -= bytes.length
      if (this.#left < 0) throw lengthMismatch('more')
    }
    if (bytes.length === 0) return
    if (this.#first === undefined) this.#first = bytes
    else if (this.#more === undefined) this.#more = [bytes]
    else this.#more.push(bytes)
    this.gatheredBytes += bytes.length
  }

  /** Forgets what is gathered. */
  clear(): void {
    this.#first = undefined
    this.#more = undefined
    this.gatheredBytes = 0
  }

  /** Puts the head, where it has not been, and what is gathered into the output: as one chunk where the framing is chunked. */
  move(): void {
    if (this.#head !== undefined) {
      this.#output.add(this.#head)
      this.#head = undefined
    }
    if (this.#first === undefined) return
    const chunked = this.#framing.kind === 'chunked'
    if (chunked) this.#output.add(chunkHead(this.gatheredBytes))
    this.#output.add(this.#first)
    if (this.#more !== undefined) for (const part of this.#more) this.#output.add(part)
    if (chunked) this.#output.add('\r\n')
    this.clear()
  }

  /** Puts all and the end into the output. @throws {BodyError} `LENGTH_MISMATCH` when it is less than the length says. */
  end(trailers: Fields | undefined): void {
    if (this.#framing.kind === 'length' && this.#left > 0) throw lengthMismatch('fewer')
    const last = this.#framing.kind === 'chunked' ? lastChunk(trailers) : ''
    this.move()
    if (last !== '') this.#output.add(last)
  }
}

const lengthMismatch = (found: string) =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot send the body: found ${found} bytes than its length says`,
  )
