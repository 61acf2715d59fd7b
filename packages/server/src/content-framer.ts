import { BodyError } from '@sluice/body'
import { chunkHead, lastChunk } from '@sluice/chunked-input'
import type { Fields } from '@sluice/body'
import type { Output } from './output.ts'
import type { ResponseFraming } from './response-head.ts'

/** Gathers the content of a response and puts it into the output as its framing wants it, behind its head. */
export class ContentFramer {
  /** Bytes gathered and not put into the output. */
  gatheredBytes = 0
  readonly #framing: ResponseFraming
  readonly #output: Output
  #head: string | undefined
  #gathered: Uint8Array[] = []
  /** Bytes that the framing still allows. */
  #left: number

  constructor(head: string, framing: ResponseFraming, output: Output) {
    this.#head = head
    this.#framing = framing
    this.#output = output
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY
  }

  /** Whether none of the response has been put into the output. */
  get untouched(): boolean {
    return this.#head !== undefined
  }

  /** @throws {BodyError} `LENGTH_MISMATCH` when it is more than the length says. */
  gather(bytes: Uint8Array): void {
    this.#left -= bytes.length
    if (this.#left < 0) throw lengthMismatch('more')
    if (bytes.length === 0) return
    this.#gathered.push(bytes)
    this.gatheredBytes += bytes.length
  }

  /** Forgets what is gathered. */
  clear(): void {
    this.#gathered = []
    this.gatheredBytes = 0
  }

  /** Puts the head, where it has not been, and what is gathered into the output: as one chunk where the framing is chunked. */
  move(): void {
    if (this.#head !== undefined) {
      this.#output.add(this.#head)
      this.#head = undefined
    }
    if (this.gatheredBytes === 0) return
    const chunked = this.#framing.kind === 'chunked'
    if (chunked) this.#output.add(chunkHead(this.gatheredBytes))
    for (const part of this.#gathered) this.#output.add(part)
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
