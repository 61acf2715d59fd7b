import { Buffer } from 'node:buffer'
import { fieldsOfLines, isToken, withoutBlanks } from '@sluice/body/engine'
import { serverError } from '../errors.ts'
import { ConnectionFields, isKeepAlive, mayBeConnectionField } from './connection-fields.ts'
import { checkFieldLine, checkFieldLineStart } from './field-line.ts'
import { hostValue, isHostName } from './host.ts'
import { maxPieces } from './input-buffer.ts'
import { findLineEnds, lineEnds } from './line-ends.ts'
import { requestHead } from './request-head.ts'
import { checkRequestLineStart, parseRequestLine } from './request-line.ts'
import { skipBytes, tokenTable } from './syntax.ts'
import type { HttpError } from '@sluice/stack'
import type { InputPieces } from './input-buffer.ts'
import type { RequestLimits } from './limits.ts'
import type { RequestHead } from './request-head.ts'
import type { RequestLine } from './request-line.ts'

/**
 * The lines of one request head, parsed as they come whole, so that a malformed one is refused although the head has not ended.
 *
 * What comes of a head does not depend on how it was cut: a line is checked from its beginning, first for what shows before it
 * is finished, then for its end, then as a whole, and the bounds of the head after the lines within them.
 */
export class HeadLines {
  /** Whether the empty line after the fields has come. */
  over = false
  readonly #limits: RequestLimits
  readonly #said = new ConnectionFields()
  /** The text of the field lines, as they came; where it is known where they begin, that of the head. */
  #fieldText = ''
  #starts: readonly number[] | undefined
  #fields = 0
  /** How many parts were added to the text of the lines, and at how many it is flattened. */
  #parts = 0
  #flattenAt = 8
  #line: RequestLine | undefined
  #emptyLines = 0
  #headBytes = 0
  /** Bytes that may follow an unfinished line and mean nothing, and the pieces of input that have been counted so. */
  #quietBytes = 0
  #quietPieces = 0
  /** Whether the unfinished line has only a method, or a field name, so far. */
  #quietInToken = false

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** Bytes that may still come. */
  get room(): number {
    return this.#limits.maxHeadBytes - this.#headBytes
  }

  /** Whether a line has come that is not empty. */
  get begun(): boolean {
    return this.#line !== undefined
  }

  /** Whether text that has not been parsed can be of an empty line alone. */
  static mayBeEmpty(text: string): boolean {
    return text === '' || text === '\r'
  }

  /**
   * Parses the lines that are whole in `text`, which is `bytes` in latin1; gives the number of bytes that they have.
   *
   * @throws {HttpError} When one is malformed, or what has come is over a bound, or an unfinished line can never be right.
   */
  read(text: string, bytes: Uint8Array): number {
    const parsed = this.#wholeLines(text, bytes)
    if (!this.over) this.#checkUnfinished(text.slice(parsed))
    if ((this.over ? parsed : text.length) > this.room) throw this.#tooLarge()
    this.#headBytes += parsed
    return parsed
  }

  /**
   * Whether what has come since the last look cannot change anything: no end of a line is in it, and no bound is near. So a long
   * line that comes byte by byte is not looked at whole for each of them.
   */
  isQuiet(input: InputPieces): boolean {
    if (this.#quietBytes === 0) return false
    while (this.#quietBytes > 0 && this.#quietPieces < input.count) {
      const piece = input.at(this.#quietPieces)
      if (piece === undefined || piece.length > this.#quietBytes || this.#tells(piece)) break
      this.#quietBytes -= piece.length
      this.#quietPieces++
    }
    const quiet = this.#quietBytes > 0 && this.#quietPieces === input.count
    if (!quiet) this.#quietBytes = 0
    else if (this.#quietPieces > maxPieces) {
      input.compact()
      this.#quietPieces = input.count
    }
    return quiet
  }

  /** Whether a piece has a byte that ends the unfinished token or makes it invalid. */
  #tells(piece: Uint8Array): boolean {
    return this.#quietInToken
      ? skipBytes(tokenTable, piece, 0, piece.length) < piece.length
      : piece.includes(10)
  }

  /** Takes note of an unfinished line that has been checked, and is all the input that there is. */
  waitQuietly(text: string, input: InputPieces): void {
    this.#quietInToken = isToken(text)
    this.#quietBytes = this.#quietInToken ? this.room - text.length : this.#mayFollow(text)
    this.#quietPieces = input.count
  }

  /** The head, once it is over. */
  head(): RequestHead {
    if (this.#line === undefined) throw new TypeError('Cannot make a head: its lines have not come')
    return requestHead(this.#line, this.#said, fieldsOfLines(this.#fieldText, this.#starts))
  }

  /**
   * How many more bytes without a line feed an unfinished line may get before it has to be parsed again: its beginning is valid, and
   * only a limit or its end can still change the outcome.
   */
  #mayFollow(text: string): number {
    const room = this.room - text.length
    if (this.#line !== undefined) return text.includes(':') ? room : 0
    const target = text.indexOf(' ') + 1
    if (target === 0 || target === text.length) return 0
    if (text.includes(' ', target)) return room
    return Math.min(room, this.#limits.maxTargetBytes - (text.length - target))
  }

  #wholeLines(text: string, bytes: Uint8Array): number {
    const found = findLineEnds(bytes, text.length)
    let start = 0
    let fieldsStart = 0
    for (let lines = 0; ; lines++) {
      const isFound = lines < found
      const feed = isFound ? (lineEnds[lines] ?? 0) : text.indexOf('\n', start)
      if (feed < 0) return this.#keepFields(text, fieldsStart, start)
      if (!isFound && bytes[feed - 1] !== 13) {
        this.#checkUnfinished(text.slice(start, feed))
        throw lineEndInvalid()
      }
      if (this.#line !== undefined) this.#takeFieldLine(text, bytes, start, feed - 1, isFound)
      else {
        this.#takeFirstLine(text, start, feed - 1)
        fieldsStart = feed + 1
      }
      if (this.over) {
        if (isFound && fieldsStart > 0) this.#keepWhole(text, lines)
        else this.#keepFields(text, fieldsStart, start)
        return feed + 1
      }
      start = feed + 1
    }
  }

  /** Keeps the text of a head that came whole, and where its field lines begin: a part cut out of it would be slower to read. */
  #keepWhole(text: string, lines: number): void {
    if (this.#fields === 0) return
    const starts: number[] = []
    for (let i = lines - this.#fields - 1; i < lines; i++) starts.push((lineEnds[i] ?? 0) + 1)
    this.#fieldText = text
    this.#starts = starts
  }

  #keepFields(text: string, start: number, end: number): number {
    if (end > start && this.#line !== undefined) {
      this.#fieldText += text.slice(start, end)
      if (++this.#parts > this.#flattenAt && !this.over) this.#flatten()
    }
    return end
  }

  /** A string to which parts are added is a tree of ten times its length: it is flattened, less and less often. */
  #flatten(): void {
    this.#fieldText = Buffer.from(this.#fieldText, 'latin1').toString('latin1')
    this.#flattenAt = this.#parts + 8 + (this.#parts >> 3)
  }

  #takeFirstLine(text: string, start: number, end: number): void {
    if (end > start) this.#line = parseRequestLine(text, start, end, this.#limits.maxTargetBytes)
    else if (++this.#emptyLines > this.#limits.maxEmptyLines) throw tooManyEmptyLines()
  }

  #takeFieldLine(
    text: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    clean: boolean,
  ): void {
    if (end === start) {
      this.over = true
      return
    }
    if (++this.#fields > this.#limits.maxFields) throw tooManyFields(this.#limits.maxFields)
    if (isKeepAlive(text, start, end)) return this.#said.takeKeepAlive()
    const colon = checkFieldLine(bytes, start, end, clean)
    if (colon - start === 4 && isHostName(bytes, start))
      this.#said.takeHost(hostValue(text, bytes, colon + 1, end))
    else if (mayBeConnectionField(colon - start, bytes[start] ?? 0))
      this.#said.take(text.slice(start, colon).toLowerCase(), withoutBlanks(text, colon + 1, end))
  }

  /** Refuses at once what no further byte can make right. A CR may be the beginning of an empty line. */
  #checkUnfinished(text: string): void {
    if (HeadLines.mayBeEmpty(text)) return
    const { maxFields, maxTargetBytes } = this.#limits
    if (this.#line === undefined) checkRequestLineStart(text, maxTargetBytes)
    else if (this.#fields === maxFields) throw tooManyFields(maxFields)
    else checkFieldLineStart(text)
  }

  #tooLarge(): HttpError {
    const { maxHeadBytes } = this.#limits
    return serverError(
      'HEAD_TOO_LARGE',
      `Cannot read the head: found more than ${maxHeadBytes} bytes`,
    )
  }
}

const lineEndInvalid = () =>
  serverError('FIELD_INVALID', 'Cannot read the head: found a line that does not end with CRLF')

const tooManyEmptyLines = () =>
  serverError('REQUEST_LINE_INVALID', 'Cannot read the request line: found too many empty lines')

const tooManyFields = (maxFields: number) =>
  serverError('TOO_MANY_FIELDS', `Cannot read the head: found more than ${maxFields} field lines`)
