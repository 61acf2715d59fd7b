import {
  fieldName,
  fieldValueTable,
  latin1Of,
  skipBytes,
  tokenTable,
  withoutBlanks,
} from '@sluice/body/engine'
import { trailerFate } from '@sluice/stack/host'
import { colon, cr, lf } from './characters.ts'
import { byteName } from './chunk-invalid.ts'
import { chunkedError } from './errors.ts'
import { HeldBytes } from './held-bytes.ts'
import type { BodyError } from '@sluice/body'

type State = 'line' | 'name' | 'value' | 'line cr' | 'last cr' | 'over'

/**
 * Reads the trailer section and the empty line after it (RFC 9112 7.1.2) from bytes cut anywhere.
 *
 * Holds at most `maxBytes`: complete fields, and the unfinished line as bytes. Refuses folded lines, lines without a colon, a space
 * before the colon, and CR, LF or NUL in a value, each at its byte; and names of framing and routing at their colon. Drops other
 * fields that are not allowed in trailers.
 */
export class TrailerSection {
  readonly #maxBytes: number
  readonly #maxFields: number
  #state: State = 'line'
  #byteLength = 0
  #fields = 0
  #kept = true
  #name = ''
  /** The beginning of an unfinished name or value. */
  #held: HeldBytes | undefined
  /** Names in lower case and values in turn. */
  readonly flat: string[] = []
  failure: BodyError | undefined

  constructor(maxBytes: number, maxFields: number) {
    this.#maxBytes = maxBytes
    this.#maxFields = maxFields
  }

  get over(): boolean {
    return this.#state === 'over'
  }

  /** Reads up to the end of the section or the input, or to the first invalid byte. Returns the index after it. */
  read(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.#state !== 'over' && this.failure === undefined)
      at = this.#advance(bytes, at)
    return at
  }

  #advance(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0
    switch (this.#state) {
      case 'line':
        if (tokenTable[byte] === 1) return this.#startField(at)
        if (byte === cr) this.#state = 'last cr'
        else this.failure = unexpected(byte, 'the name of a field or an empty line')
        return at + 1
      case 'name':
        return this.#readName(bytes, at)
      case 'value':
        return this.#readValue(bytes, at)
      case 'line cr':
        if (byte !== lf) this.failure = unexpected(byte, 'LF')
        else this.#count(1)
        this.#state = 'line'
        return at + 1
      case 'last cr':
        if (byte !== lf) this.failure = unexpected(byte, 'LF')
        else this.#state = 'over'
        return at + 1
      case 'over':
        return at
    }
  }

  #startField(at: number): number {
    this.#state = 'name'
    if (++this.#fields <= this.#maxFields) return at
    this.failure = tooLarge(`${this.#maxFields} fields`)
    return at + 1
  }

  #readName(bytes: Uint8Array, at: number): number {
    const end = skipBytes(tokenTable, bytes, at, bytes.length)
    if (!this.#count(end - at)) return end
    if (end === bytes.length) return this.#hold(bytes, at, end)
    if (bytes[end] === colon) this.#endName(this.#textOf(bytes, at, end))
    else this.failure = unexpected(bytes[end] ?? 0, 'a token and a colon')
    return end + 1
  }

  #endName(text: string): void {
    const name = fieldName(text)
    const fate = trailerFate(name)
    if (fate === 'refused') this.failure = invalid(name, 'fields that may stand after the content')
    else this.#count(1)
    this.#name = name
    this.#kept = fate === 'kept'
    this.#state = 'value'
  }

  #readValue(bytes: Uint8Array, at: number): number {
    const end = skipBytes(fieldValueTable, bytes, at, bytes.length)
    if (!this.#count(end - at)) return end
    if (end === bytes.length) return this.#kept ? this.#hold(bytes, at, end) : end
    if (bytes[end] === cr) this.#endValue(bytes, at, end)
    else this.failure = unexpected(bytes[end] ?? 0, 'the value of a field or CR LF')
    return end + 1
  }

  #endValue(bytes: Uint8Array, start: number, end: number): void {
    this.#count(1)
    this.#state = 'line cr'
    if (this.#kept) this.flat.push(this.#name, withoutBlanks(this.#textOf(bytes, start, end)))
  }

  #hold(bytes: Uint8Array, start: number, end: number): number {
    this.#held ??= new HeldBytes()
    this.#held.add(bytes, start, end)
    return end
  }

  /** The complete name or value: the held bytes, and those between two places. */
  #textOf(bytes: Uint8Array, start: number, end: number): string {
    if (this.#held === undefined) return latin1Of(bytes, start, end)
    this.#hold(bytes, start, end)
    const whole = this.#held.bytes
    this.#held = undefined
    return latin1Of(whole, 0, whole.length)
  }

  /** Counts valid bytes; `false` if there are too many. */
  #count(bytes: number): boolean {
    this.#byteLength += bytes
    if (this.#byteLength <= this.#maxBytes) return true
    this.failure = tooLarge(`${this.#maxBytes} bytes`)
    return false
  }
}

const invalid = (found: string, wanted: string) =>
  chunkedError('TRAILERS_INVALID', `Cannot read the trailers: found ${found}, wanted ${wanted}`)

const unexpected = (byte: number, wanted: string) => invalid(byteName(byte), wanted)

const tooLarge = (most: string) =>
  chunkedError('TRAILERS_TOO_LARGE', `Cannot read the trailers: found more, wanted at most ${most}`)
