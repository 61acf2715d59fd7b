/** The kinds of records; each stands in three bits of its header, above them the length of what follows. */
export const record = {
  data: 0,
  /** JSON: status and fields of the response. */
  head: 1,
  flush: 2,
  /** JSON: names and values. */
  trailers: 3,
  end: 4,
  /** JSON: the error that ends the body; see `error-record.ts`. */
  error: 5,
  /** A place in the data, which the worker returns: what the loop holds there goes on in its order. */
  mark: 6,
} as const

export type RecordKind = (typeof record)[keyof typeof record]

const kindBits = 3

export const headerOf = (kind: RecordKind, byteLength: number): number =>
  (byteLength << kindBits) | kind

export const recordKind = (header: number): number => header & ((1 << kindBits) - 1)

export const recordLength = (header: number): number => header >>> kindBits

/** A header and its bytes, padded to whole words. */
export const recordBytes = (byteLength: number): number => 4 + ((byteLength + 3) & ~3)
