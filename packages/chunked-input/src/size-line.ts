import { fieldValueTable, isBlank, tokenTable } from '@sluice/body/engine'
import { cr, hexValues, lf, notHex } from './characters.ts'
import { byteName, chunkInvalid } from './chunk-invalid.ts'
import { chunkedError } from './errors.ts'
import type { BodyError } from '@sluice/body'

type Kind = 'hex' | 'token' | 'blank' | ';' | '=' | '"' | '\\' | 'text' | 'cr' | 'lf' | 'other'

type State =
  | 'start'
  | 'digits'
  | 'before ;'
  | 'after ;'
  | 'name'
  | 'after name'
  | 'after ='
  | 'value'
  | 'quoted'
  | 'escaped'
  | 'quoted end'
  | 'cr'
  | 'over'

interface Place {
  readonly wanted: string
  readonly next: { readonly [kind in Kind]?: State }
}

/**
 * The line before a chunk's data, RFC 9112 7.1 and 7.1.1:
 *
 *     chunk-size *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) CRLF
 *
 * Each state lists what may follow; any other byte is refused. Blanks are allowed only around `;` and `=`, not at the end of the
 * line. A bare LF or CR is refused everywhere, also in quoted strings: request smuggling by chunk extensions depends on servers
 * that take either for the end of the line, while others do not.
 */
const places: { readonly [state in State]: Place } = {
  start: { wanted: 'a hexadecimal digit', next: { hex: 'digits' } },
  digits: {
    wanted: 'a hexadecimal digit, an extension or CR LF',
    next: { hex: 'digits', blank: 'before ;', ';': 'after ;', cr: 'cr' },
  },
  'before ;': { wanted: '";"', next: { blank: 'before ;', ';': 'after ;' } },
  'after ;': {
    wanted: 'the name of an extension',
    next: { blank: 'after ;', hex: 'name', token: 'name' },
  },
  name: {
    wanted: 'a token, "=", ";" or CR LF',
    next: {
      hex: 'name',
      token: 'name',
      blank: 'after name',
      '=': 'after =',
      ';': 'after ;',
      cr: 'cr',
    },
  },
  'after name': {
    wanted: '"=" or ";"',
    next: { blank: 'after name', '=': 'after =', ';': 'after ;' },
  },
  'after =': {
    wanted: 'a token or a quoted string',
    next: { blank: 'after =', hex: 'value', token: 'value', '"': 'quoted' },
  },
  value: {
    wanted: 'a token, ";" or CR LF',
    next: { hex: 'value', token: 'value', blank: 'before ;', ';': 'after ;', cr: 'cr' },
  },
  quoted: {
    wanted: 'text or a quotation mark',
    next: {
      hex: 'quoted',
      token: 'quoted',
      blank: 'quoted',
      ';': 'quoted',
      '=': 'quoted',
      text: 'quoted',
      '\\': 'escaped',
      '"': 'quoted end',
    },
  },
  escaped: {
    wanted: 'text',
    next: {
      hex: 'quoted',
      token: 'quoted',
      blank: 'quoted',
      ';': 'quoted',
      '=': 'quoted',
      text: 'quoted',
      '\\': 'quoted',
      '"': 'quoted',
    },
  },
  'quoted end': { wanted: '";" or CR LF', next: { blank: 'before ;', ';': 'after ;', cr: 'cr' } },
  cr: { wanted: 'LF', next: { lf: 'over' } },
  over: { wanted: 'nothing', next: {} },
}

/** `cr` and `over` must stay last: see `firstOfLineEnd`. */
const states: readonly State[] = [
  'start',
  'digits',
  'before ;',
  'after ;',
  'name',
  'after name',
  'after =',
  'value',
  'quoted',
  'escaped',
  'quoted end',
  'cr',
  'over',
]
const start = states.indexOf('start')
const inDigits = states.indexOf('digits')
/** `cr`. One comparison with it finds the states of the line end, and `none`: only `over` may come after it in `states`. */
const firstOfLineEnd = states.indexOf('cr')
const over = states.indexOf('over')
const none = 255

/** The most digits of a size. It can have 14; more leading zeros than these are an attack. */
export const maxDigits = 32

/** One digit more and the size is above 2^53 - 1, where numbers are no longer exact. */
const maxBeforeDigit = 2 ** 49 - 1

/** Reads chunk-size lines, one after another, from bytes cut anywhere. Extensions are checked and dropped. */
export class SizeLine {
  readonly #maxBytes: number
  #state = start
  /** The size, at the end of the line. */
  size = 0
  /** Digits of the size, including leading zeros. */
  digits = 0
  /** Bytes of the line so far, without CR LF. */
  byteLength = 0
  failure: BodyError | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get atStart(): boolean {
    return this.#state === start
  }

  get over(): boolean {
    return this.#state === over
  }

  /** Prepares for the next line. */
  restart(): void {
    this.#state = start
    this.size = 0
    this.digits = 0
    this.byteLength = 0
  }

  /** Reads up to the end of the line or the input, or to the first invalid byte. Returns the index after it. */
  read(bytes: Uint8Array, from: number): number {
    let state = this.#state
    const lineStart = from - this.byteLength
    const mostAt = lineStart + this.#maxBytes
    let at = from
    while (at < bytes.length && state !== over) {
      const byte = bytes[at++] ?? 0
      const next = nextStates[state * 256 + byte] ?? none
      if (next >= firstOfLineEnd) {
        if (next === none) this.failure = unexpected(byte, state)
        if (next === firstOfLineEnd) this.byteLength = at - 1 - lineStart
      } else if (at > mostAt) this.failure = lineTooLong(this.#maxBytes)
      else if (next === inDigits) this.failure = this.#digit(hexValues[byte] ?? notHex)
      if (this.failure !== undefined) return at
      state = next
    }
    this.#state = state
    if (state < firstOfLineEnd) this.byteLength = at - lineStart
    return at
  }

  #digit(value: number): BodyError | undefined {
    if (++this.digits > maxDigits)
      return chunkInvalid('a longer chunk-size', `at most ${maxDigits} digits`)
    if (this.size > maxBeforeDigit) return chunkInvalid('a larger chunk-size', 'at most 2^53 - 1')
    this.size = this.size * 16 + value
    return undefined
  }
}

const unexpected = (byte: number, state: number) =>
  chunkInvalid(`${byteName(byte)} in a chunk-size line`, places[states[state] ?? 'over'].wanted)

const lineTooLong = (maxBytes: number) =>
  chunkedError(
    'CHUNK_LINE_TOO_LONG',
    `Cannot read the chunked body: found a longer chunk-size line, wanted at most ${maxBytes} bytes`,
  )

const kindOf = (byte: number): Kind => {
  const character = String.fromCharCode(byte)
  switch (character) {
    case ';':
    case '=':
    case '"':
    case '\\':
      return character
  }
  if (byte === cr) return 'cr'
  if (byte === lf) return 'lf'
  if (hexValues[byte] !== notHex) return 'hex'
  if (tokenTable[byte] === 1) return 'token'
  if (isBlank(byte)) return 'blank'
  return fieldValueTable[byte] === 1 ? 'text' : 'other'
}

/** `places` as a table by byte, since every byte of a line is looked up: the number of the next state, or `none`. */
const nextStates: Uint8Array = Uint8Array.from(
  states.flatMap((state) =>
    Array.from({ length: 256 }, (_, byte) => {
      const next = places[state].next[kindOf(byte)]
      return next === undefined ? none : states.indexOf(next)
    }),
  ),
)
