import { closeQuietly, flatFields, isDenoOrBun, listMembers } from '@sluice/body/engine'
import {
  agreedLength,
  checkedLength,
  contentRule,
  isConnectionField,
  responseInvalid,
} from '@sluice/stack/host'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { HttpResponse } from '@sluice/stack'
import type { ContentRule } from '@sluice/stack/host'

/** The head of a response as `new Response` takes it, and what it says of the content. */
export interface FetchHead {
  readonly status: number
  /** One pair a line, so that `set-cookie` lines stay apart. */
  readonly headers: [name: string, value: string][]
  /** Whether content follows: a response to HEAD, and a 204, 205 or 304, has none. */
  readonly hasContent: boolean
  /** The length of the content, if it is known. Not if only a stream would have to tell it: see `streamHead`. */
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
  const rule = contentRule(status)
  const hasContent = method !== 'HEAD' && rule === 'may have content'
  const length = needsLength(hasContent, given) ? lengthOf(method, status, body, given) : undefined
  if (rule === 'has the length 0') lines.push(['content-length', '0'])
  else if (saysLength(rule, length)) lines.push(['content-length', String(length)])
  return { status, headers: lines, hasContent, length, dropped: dropped ?? noNames }
}

/** A host that counts by itself gets a text before it was encoded to know its length. */
const needsLength = (hasContent: boolean, given: string | undefined): boolean =>
  !isDenoOrBun || !hasContent || given !== undefined

const lengthOf = (
  method: string,
  status: number,
  { byteLength }: Body<AnyFrame>,
  given: string | undefined,
): number | undefined => {
  const bodyLength = checkedLength(byteLength)
  return given === undefined ? bodyLength : agreedLength(method, status, bodyLength, given)
}

/**
 * The head of a body that becomes a stream: no host counts the bytes of one. Its source is closed if this throws.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): `byteLength` is invalid.
 */
export const streamHead = (
  head: FetchHead,
  { byteLength }: Body<AnyFrame>,
  source: Pull<AnyFrame>,
): FetchHead => {
  if (head.length !== undefined || byteLength === undefined) return head
  try {
    return { ...head, length: checkedLength(byteLength) }
  } catch (error) {
    closeQuietly(source)
    throw error
  }
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
