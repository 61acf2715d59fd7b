import { BodyError, fieldName, withoutBlanks } from '@sluice/body'
import { colon, cr, isFieldByte, lf, tokenBytes } from './characters.ts'
import { byteName } from './chunk-invalid.ts'
import { trailerFate } from './trailer-names.ts'

type State = 'line' | 'name' | 'value' | 'line cr' | 'last cr' | 'over'

/**
 * Reads the trailer section and the empty line after it (RFC 9112 7.1.2) from bytes cut anywhere.
 *
 * Holds the fields, at most `maxBytes`. Refuses a line folded or without a colon, a space before the colon, and CR, LF or
 * NUL in a value, each at its byte, and names of framing and routing at their colon; drops others that must not be there.
 */
export class TrailerSection {
  readonly #maxBytes: number
  readonly #maxFields: number
  #state: State = 'line'
  #byteLength = 0
  #fields = 0
  #kept = true
  #name = ''
  #value = ''
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

  /** Takes bytes up to the end of the section or the input, or the first that must not be there; gives where it stopped. */
  read(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.#state !== 'over' && this.failure === undefined) {
      this.failure = this.#take(bytes[at] ?? 0)
      at++
    }
    return at
  }

  #take(byte: number): BodyError | undefined {
    switch (this.#state) {
      case 'line':
        if (byte === cr) this.#state = 'last cr'
        else if (tokenBytes[byte] === 1) return this.#startName(byte)
        else return unexpected(byte, 'the name of a field or an empty line')
        return undefined
      case 'name':
        if (byte === colon) return this.#endName()
        if (tokenBytes[byte] !== 1) return unexpected(byte, 'a token and a colon')
        this.#name += String.fromCharCode(byte)
        return this.#count()
      case 'value':
        if (byte === cr) this.#state = 'line cr'
        else if (isFieldByte(byte)) this.#value += String.fromCharCode(byte)
        else return unexpected(byte, 'the value of a field or CR LF')
        return this.#count()
      case 'line cr':
        if (byte !== lf) return unexpected(byte, 'LF')
        if (this.#kept) this.flat.push(this.#name, withoutBlanks(this.#value))
        this.#state = 'line'
        return this.#count()
      case 'last cr':
        if (byte !== lf) return unexpected(byte, 'LF')
        this.#state = 'over'
        return undefined
      case 'over':
        return undefined
    }
  }

  #startName(byte: number): BodyError | undefined {
    if (++this.#fields > this.#maxFields) return tooLarge(`${this.#maxFields} fields`)
    this.#state = 'name'
    this.#name = String.fromCharCode(byte)
    this.#value = ''
    return this.#count()
  }

  #endName(): BodyError | undefined {
    const name = fieldName(this.#name)
    const fate = trailerFate(name)
    if (fate === 'refused') return invalid(name, 'fields that may stand after the content')
    this.#name = name
    this.#kept = fate === 'kept'
    this.#state = 'value'
    return this.#count()
  }

  #count(): BodyError | undefined {
    return ++this.#byteLength > this.#maxBytes ? tooLarge(`${this.#maxBytes} bytes`) : undefined
  }
}

const invalid = (found: string, wanted: string) =>
  new BodyError('TRAILERS_INVALID', `Cannot read the trailers: found ${found}, wanted ${wanted}`)

const unexpected = (byte: number, wanted: string) => invalid(byteName(byte), wanted)

const tooLarge = (most: string) =>
  new BodyError(
    'TRAILERS_TOO_LARGE',
    `Cannot read the trailers: found more, wanted at most ${most}`,
  )
