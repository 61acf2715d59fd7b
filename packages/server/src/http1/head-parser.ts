import { withoutBlanks } from '@sluice/body/engine'
import { serverError } from '../errors.ts'
import { ConnectionFields, isKeepAlive, mayBeConnectionField } from './connection-fields.ts'
import { checkFieldLine, checkFieldLineStart } from './field-line.ts'
import { FieldText } from './field-text.ts'
import { isHostName } from './host-field.ts'
import { requestHead } from './request-head.ts'
import { checkRequestLineStart, parseRequestLine } from './request-line.ts'
import { UnfinishedLine } from './unfinished-line.ts'
import type { HttpError } from '@sluice/stack'
import type { InputQueue } from './input-queue.ts'
import type { ParserContext } from './parser-context.ts'
import type { RequestHead } from './request-head.ts'
import type { RequestLine } from './request-line.ts'

/**
 * Parses the lines of one request head as they are completed, so that a malformed line is refused before the head has ended.
 *
 * The outcome does not depend on how the head was cut. A line is checked from its beginning: first what can be known before it is
 * finished, then its end, then the whole line. The limits of the head are checked after the lines within them.
 */
export class HeadParser {
  /** Whether the empty line after the fields has come. */
  isOver = false
  readonly #context: ParserContext
  readonly #connection = new ConnectionFields()
  readonly #text = new FieldText()
  #line: RequestLine | undefined
  #unfinished: UnfinishedLine | undefined
  #fields = 0
  #emptyLines = 0
  #headBytes = 0

  constructor(context: ParserContext) {
    this.#context = context
  }

  /** Bytes that may still come. */
  get room(): number {
    return this.#context.limits.maxHeadBytes - this.#headBytes
  }

  /** Whether a line has come that is not empty. */
  get hasBegun(): boolean {
    return this.#line !== undefined
  }

  /** Whether text that was not parsed may be the beginning of an empty line. */
  static mayBeEmpty(text: string): boolean {
    return text === '' || text === '\r'
  }

  /**
   * Parses the complete lines of `text`, which is `bytes` in latin1, and gives the number of their bytes.
   *
   * @throws {HttpError} If a line is malformed, an unfinished line cannot become valid, or a limit is exceeded.
   */
  parse(text: string, bytes: Uint8Array): number {
    const parsed = this.#parseLines(text, bytes)
    if (!this.isOver) this.#checkUnfinished(text.slice(parsed))
    if ((this.isOver ? parsed : text.length) > this.room) throw this.#tooLarge()
    this.#headBytes += parsed
    return parsed
  }

  /** Whether what came since `wait` cannot change anything. */
  isUnchangedBy(input: InputQueue): boolean {
    return this.#unfinished?.isUnchangedBy(input) === true
  }

  /** Notes that an unfinished line was checked, which is all the input that there is. */
  wait(text: string, input: InputQueue): void {
    const room = this.room - text.length
    this.#unfinished = new UnfinishedLine(text, input, room, this.#mayFollow(text, room))
  }

  /** The head, once it is over. */
  head(): RequestHead {
    if (this.#line === undefined) throw new TypeError('Cannot make a head: found no request line')
    return requestHead(this.#line, this.#connection, this.#text.fields(), this.#context.host)
  }

  /** Bytes without a line feed that may follow an unfinished line, whose beginning is valid, before it has to be checked again. */
  #mayFollow(text: string, room: number): number {
    if (this.#line !== undefined) return text.includes(':') ? room : 0
    const target = text.indexOf(' ') + 1
    if (target === 0 || target === text.length) return 0
    if (text.includes(' ', target)) return room
    return Math.min(room, this.#context.limits.maxTargetBytes - (text.length - target))
  }

  #parseLines(text: string, bytes: Uint8Array): number {
    const found = this.#context.lines.find(bytes, text.length)
    let start = 0
    let fieldsStart = 0
    for (let lines = 0; ; lines++) {
      const isFound = lines < found.length
      const next = isFound ? (found[lines] ?? 0) : text.indexOf('\n', start) + 1
      if (next === 0) {
        this.#keepLines(text, fieldsStart, start)
        return start
      }
      if (!isFound && bytes[next - 2] !== 13) {
        this.#checkUnfinished(text.slice(start, next - 1))
        throw lineEndInvalid()
      }
      if (this.#line !== undefined) this.#takeFieldLine(text, bytes, start, next - 2, isFound)
      else {
        this.#takeFirstLine(text, start, next - 2)
        fieldsStart = next
      }
      if (this.isOver) {
        if (isFound && fieldsStart > 0) this.#keepWhole(text, found, lines)
        else this.#keepLines(text, fieldsStart, start)
        return next
      }
      start = next
    }
  }

  /** @param found The places after the lines, up to the empty one after the fields. */
  #keepWhole(text: string, found: number[], lines: number): void {
    if (this.#fields === 0) return
    found.pop()
    const before = lines - this.#fields - 1
    this.#text.keepWhole(text, before === 0 ? found : found.slice(before))
  }

  #keepLines(text: string, start: number, end: number): void {
    if (end > start && this.#line !== undefined) this.#text.add(text.slice(start, end))
  }

  #takeFirstLine(text: string, start: number, end: number): void {
    const { maxTargetBytes, maxEmptyLines } = this.#context.limits
    if (end > start) this.#line = parseRequestLine(text, start, end, maxTargetBytes)
    else if (++this.#emptyLines > maxEmptyLines) throw tooManyEmptyLines()
  }

  /** @param isClean Whether the line is known to have no control characters. */
  #takeFieldLine(
    text: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    isClean: boolean,
  ): void {
    if (end === start) {
      this.isOver = true
      return
    }
    const { limits, host } = this.#context
    if (++this.#fields > limits.maxFields) throw tooManyFields(limits.maxFields)
    if (isKeepAlive(text, start, end)) return this.#connection.takeKeepAlive()
    const colon = checkFieldLine(bytes, start, end, isClean)
    if (colon - start === 4 && isHostName(bytes, start))
      this.#connection.takeHost(host.value(text, bytes, colon + 1, end))
    else if (mayBeConnectionField(colon - start, bytes[start] ?? 0)) {
      const name = text.slice(start, colon).toLowerCase()
      this.#connection.take(name, withoutBlanks(text, colon + 1, end))
    }
  }

  /** Refuses at once what no further byte can make valid. A CR may be the beginning of an empty line. */
  #checkUnfinished(text: string): void {
    if (HeadParser.mayBeEmpty(text)) return
    const { maxFields, maxTargetBytes } = this.#context.limits
    if (this.#line === undefined) checkRequestLineStart(text, maxTargetBytes)
    else if (this.#fields === maxFields) throw tooManyFields(maxFields)
    else checkFieldLineStart(text)
  }

  #tooLarge(): HttpError {
    const { maxHeadBytes } = this.#context.limits
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
