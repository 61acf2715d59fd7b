import { defaultRequestLimits, requestParser } from '@sluice/server/http1'
import type { RequestLimits, RequestParser } from '@sluice/server/http1'

/** A request as it was read. Text is Latin-1. */
export interface ReadRequest {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: readonly (readonly [string, string])[]
  readonly framing: string
  readonly keepAlive: boolean
  readonly expectsContinue: boolean
  readonly upgrade: string | undefined
  readonly data: string
  readonly trailers: readonly (readonly [string, string])[]
  /** Whether its end came. */
  readonly whole: boolean
}

/** What was read, and where the parser stands after it: its state, or the code with which it refused. */
export interface Fed {
  readonly requests: readonly ReadRequest[]
  readonly end: string
}

/**
 * Feeds a new parser and checks that it keeps its bounds. The pieces of a group are received together, as they are when a
 * handler runs and nothing is asked of the parser, then all events are taken.
 */
export const feed = (
  groups: readonly (readonly Uint8Array[])[],
  given: Partial<RequestLimits> = {},
): Fed => {
  const limits = { ...defaultRequestLimits, ...given }
  const parser = requestParser(limits)
  const requests: ReadRequest[] = []
  let received = 0
  for (const group of groups) {
    for (const piece of group) parser.receive(piece)
    received += group.reduce((sum, piece) => sum + piece.length, 0)
    try {
      take(parser, requests, received)
    } catch (error) {
      checkRefused(parser, group)
      return { requests, end: codeOf(error) }
    }
    checkHeld(parser, limits)
  }
  return { requests, end: parser.state }
}

const take = (parser: RequestParser, requests: ReadRequest[], received: number) => {
  // A head, trailers and an end take at least a byte each, and data is never empty.
  for (let events = 0; events <= 4 * received + 4; events++) {
    const event = parser.next()
    if (event === undefined) {
      if (parser.next() !== undefined) throw new Error('an event after it wanted more')
      if (parser.state === 'ended') throw new Error('nothing after an end that was answered')
      return
    }
    if (event.kind === 'head') {
      const { headers, framing, ...head } = event.head
      requests.push({
        ...head,
        fields: [...headers],
        framing: framing.kind,
        data: '',
        trailers: [],
        whole: false,
      })
      continue
    }
    const request = requests.pop()
    if (request === undefined || request.whole) throw new Error(`${event.kind} without a head`)
    switch (event.kind) {
      case 'data':
        if (event.bytes.length === 0) throw new Error('empty data')
        if (request.trailers.length > 0) throw new Error('data after trailers')
        requests.push({
          ...request,
          data: request.data + Buffer.from(event.bytes).toString('latin1'),
        })
        break
      case 'trailers':
        requests.push({ ...request, trailers: [...event.fields] })
        break
      case 'end':
        requests.push({ ...request, whole: true })
        parser.nextRequest()
    }
  }
  throw new Error('more events than there are bytes')
}

/** All that may be held is an unfinished head, or the CR of an empty line: content is given out as it came. */
const checkHeld = ({ state, bufferedBytes }: RequestParser, limits: RequestLimits) => {
  const most = state === 'head' ? limits.maxHeadBytes : state === 'idle' ? 1 : 0
  if (bufferedBytes > most)
    throw new Error(`${bufferedBytes} bytes held, ${most} allowed: ${state}`)
}

const checkRefused = (parser: RequestParser, group: readonly Uint8Array[]) => {
  for (const piece of group) parser.receive(piece)
  parser.nextRequest()
  if (parser.next() !== undefined) throw new Error('an event after a refusal')
  if (parser.state !== 'refused' || parser.bufferedBytes !== 0)
    throw new Error(`${parser.bufferedBytes} bytes held after a refusal: ${parser.state}`)
}

/** The code of a refusal; anything else that was thrown is a fault of the parser. */
const codeOf = (error: unknown): string => {
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    (error.name === 'HttpError' || error.name === 'BodyError')
  )
    return error.code
  throw error
}
