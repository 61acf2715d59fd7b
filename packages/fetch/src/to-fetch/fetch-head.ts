import { flatFields, listMembers } from '@sluice/body/engine'
import {
  agreedLength,
  checkedLength,
  contentRule,
  isConnectionField,
  responseInvalid,
} from '@sluice/stack/host'
import { isDenoOrBun } from './runtime.ts'
import type { HttpResponse } from '@sluice/stack'
import type { ContentRule } from '@sluice/stack/host'

/** The head of a response as `new Response` takes it, and what it says of the content. */
export interface FetchHead {
  readonly status: number
  /** One pair a line, so that `set-cookie` lines stay apart. */
  readonly headers: [name: string, value: string][]
  /** Whether content follows: a response to HEAD, and a 204, 205 or 304, has none. */
  readonly hasContent: boolean
  /** The length of the content, if it is known. */
  readonly length: number | undefined
  /** Names of fields that a handler must not set and that were left out; see `droppedFields`. */
  readonly dropped: readonly string[]
}

const noNames: readonly string[] = []

/**
 * The head of a response.
 *
 * Fields of the connection are left out: those belong to the host. So is `trailer`: fetch sends none, and Node refuses one beside a
 * length.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): the status is not a final one, `byteLength` or `content-length` is invalid, or two
 * lengths differ.
 */
export const fetchHead = (method: string, { status, headers, body }: HttpResponse): FetchHead => {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw responseInvalid(`the status ${status}`)
  const bodyLength = checkedLength(body.byteLength)
  const flat = flatFields(headers)
  const lines: [string, string][] = []
  let given: string | undefined
  let dropped: string[] | undefined
  for (let place = 0; place < flat.length; place += 2) {
    const name = flat[place] ?? ''
    const value = flat[place + 1] ?? ''
    if (name === 'content-length') given = sameLength(given, value)
    else if (name === 'trailer') continue
    else if (!isConnectionField(name) || (name === 'upgrade' && status === 426))
      lines.push([name, value])
    else if (!isAboutClosing(name, value)) {
      dropped ??= []
      dropped.push(name)
    }
  }
  const length = given === undefined ? bodyLength : agreedLength(method, status, bodyLength, given)
  const rule = contentRule(status)
  const hasContent = method !== 'HEAD' && rule === 'may have content'
  if (rule === 'has the length 0') lines.push(['content-length', '0'])
  else if (saysLength(rule, length) && (given !== undefined || !hasContent || !isDenoOrBun))
    lines.push(['content-length', String(length)])
  return { status, headers: lines, hasContent, length, dropped: dropped ?? noNames }
}

/** Whether the head has the length: that of content too, since not every host finds it by itself. */
const saysLength = (rule: ContentRule, length: number | undefined): boolean => {
  switch (rule) {
    case 'may have content':
      return length !== undefined
    case 'has the length of a 200':
      return length !== undefined && length > 0
    case 'has no length':
    case 'has the length 0':
      return false
  }
}

const sameLength = (before: string | undefined, value: string): string => {
  if (before !== undefined && before !== value)
    throw responseInvalid('two values of content-length')
  return value
}

/** When a connection closes is the host's business, and no error of a handler that says it. */
const isAboutClosing = (name: string, value: string): boolean =>
  name === 'connection' &&
  listMembers(value).every(
    (option) => option === 'close' || option === 'keep-alive' || option === 'upgrade',
  )
