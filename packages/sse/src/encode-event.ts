import { checkRetry } from './check-retry.ts'
import type { EventMessage } from './message.ts'

/**
 * Encodes a message as the text of one event, with the empty line that ends it.
 *
 * Text of several lines becomes several `data` lines, so that no part of it is read as a field, or as the end of the event.
 *
 * WHATWG HTML 9.2.5, "Parsing an event stream".
 *
 * @throws {TypeError} At the call, when the message has none of its fields, one of them is not a string, a name or an ID has a line
 * end, or an ID has a NUL: clients ignore such an ID.
 * @throws {RangeError} At the call, when `retry` is not a whole number of 0 or more.
 *
 * @example
 * ```ts
 * import { encodeEvent } from '@sluice/sse'
 *
 * const text = encodeEvent({ event: 'tick', id: '7', data: 'one\ntwo' })
 * if (text !== 'event: tick\nid: 7\ndata: one\ndata: two\n\n') throw new Error(text)
 * ```
 */
export const encodeEvent = ({ data, event, id, retry }: EventMessage): string => {
  let text = ''
  if (event !== undefined) text += line('event', event, lineEnd)
  if (id !== undefined) text += line('id', id, lineEndOrNul)
  if (retry !== undefined)
    text += `retry: ${checkRetry('Cannot encode the retry of a message', retry)}\n`
  if (data !== undefined) text += dataLines(data)
  if (text === '')
    throw new TypeError('Cannot encode the message: found none of data, event, id and retry in it')
  return `${text}\n`
}

const lineEnd = /[\r\n]/
const lineEndOrNul = /[\r\n\0]/
const lineEnds = /\r\n|[\r\n]/

const line = (name: string, value: string, refused: RegExp): string => {
  checkText(name, value)
  if (refused.test(value))
    throw new TypeError(
      `Cannot encode the ${name} of a message: found ${JSON.stringify(value)}, wanted no line end and no NUL`,
    )
  return `${name}: ${value}\n`
}

const dataLines = (data: string): string => {
  checkText('data', data)
  if (!lineEnd.test(data)) return `data: ${data}\n`
  let text = ''
  for (const part of data.split(lineEnds)) text += `data: ${part}\n`
  return text
}

const checkText = (name: string, value: unknown): void => {
  if (typeof value !== 'string')
    throw new TypeError(
      `Cannot encode the ${name} of a message: found ${typeof value}, wanted a string`,
    )
}
