import { requestParser } from '@sluice/server/http1'
import { refuses } from './node-duel.ts'
import type { Outcome, SeenRequest } from './node-duel.ts'

/** The first thing in which two outcomes of the same bytes differ. */
export interface Difference {
  /** The bytes from where the request begins that differs, or what stands in its place. */
  readonly rest: string
  /** The bytes before that. */
  readonly sentBefore: string
  /** The request before that, which both have read alike. */
  readonly before: SeenRequest | undefined
  readonly ours: SeenRequest | undefined
  readonly theirs: SeenRequest | undefined
  /** What differs of a request that both have read. */
  readonly parts: readonly string[]
  readonly code: string | undefined
  readonly theirCode: string | undefined
  readonly outcomes: { readonly ours: Outcome; readonly theirs: Outcome }
}

/** Where each request begins, as our parser reads them, and where what comes after the last does. */
const startsOf = (sent: string): readonly number[] => {
  const parser = requestParser()
  parser.receive(Buffer.from(sent, 'latin1'))
  const starts = [0]
  try {
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      if (event.kind !== 'end') continue
      starts.push(sent.length - parser.bufferedBytes)
      parser.nextRequest()
    }
  } catch {
    // What is refused begins where the last request ended.
  }
  return starts
}

const partsOf = (a: SeenRequest, b: SeenRequest): readonly string[] =>
  (['method', 'target', 'version', 'fields', 'content', 'trailers', 'whole'] as const).filter(
    (part) => JSON.stringify(a[part]) !== JSON.stringify(b[part]),
  )

/** Finds the first difference: in a request, in how many there are, or in whether anything was refused. */
export const differenceOf = (
  sent: string,
  outcomes: { readonly ours: Outcome; readonly theirs: Outcome },
): Difference | undefined => {
  const { ours, theirs } = outcomes
  const most = Math.max(ours.requests.length, theirs.requests.length)
  const codes = { code: ours.code, theirCode: theirs.code, outcomes }
  const starts = startsOf(sent)
  const placeOf = (i: number) => ({
    rest: sent.slice(starts[i]),
    sentBefore: sent.slice(0, starts[i]),
    before: ours.requests[i - 1],
  })
  for (let i = 0; i < most; i++) {
    const [a, b] = [ours.requests[i], theirs.requests[i]]
    const parts = a === undefined || b === undefined ? [] : partsOf(a, b)
    if (a !== undefined && b !== undefined && parts.length === 0) continue
    return { ...placeOf(i), ours: a, theirs: b, parts, ...codes }
  }
  if (refuses(ours) === refuses(theirs)) return undefined
  const last = ours.requests.at(-1)
  const from = last?.whole === false ? most - 1 : most
  return { ...placeOf(from), ours: undefined, theirs: undefined, parts: [], ...codes }
}
