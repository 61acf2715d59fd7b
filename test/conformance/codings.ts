/** Values of Transfer-Encoding that are refused, by the server and by `chunkedInput` (RFC 9112 section 6.1). */
export interface CodingCase {
  readonly name: string
  /** Its lines, in order. */
  readonly lines: readonly string[]
  readonly code: 'FRAMING_INVALID' | 'CODING_UNKNOWN'
  readonly status: number
}

const refused = (name: string, ...lines: readonly string[]): CodingCase => ({
  name,
  lines,
  code: 'FRAMING_INVALID',
  status: 400,
})

const unknown = (name: string, ...lines: readonly string[]): CodingCase => ({
  name,
  lines,
  code: 'CODING_UNKNOWN',
  status: 501,
})

export const refusedCodings: readonly CodingCase[] = [
  refused('nothing', ''),
  refused('a comma alone', ','),
  refused('nothing, and chunked on another line', '', 'chunked'),
  refused('chunked twice', 'chunked, chunked'),
  refused('chunked on two lines', 'chunked', 'chunked'),
  refused('chunked not last', 'chunked, gzip'),
  refused('chunked before identity', 'chunked, identity'),
  refused('chunked not last, on two lines', 'chunked', 'identity'),
  refused('identity', 'identity'),
  refused('gzip alone', 'gzip'),
  refused('an unknown one alone', 'x'),
  refused('a quotation', '"chunked"'),
  refused('a parameter', 'chunked;a=b'),
  refused('a word and a non-breaking space before it', 'x\xa0chunked'),
  refused('a non-breaking space', 'chunked\xa0'),
  refused('a next-line character', 'chunked\x85'),
  refused('a comma after it', 'chunked,'),
  refused('a comma before it', ', chunked'),
  refused('a longer word', 'chunkedd'),
  refused('a longer word that ends so', 'xchunked'),
  refused('a space inside', 'chun ked'),
  refused('what is no token before chunked', 'x y, chunked'),
  refused('chunked with a parameter, and again', 'chunked;a=b, chunked'),
  refused('a non-breaking space before it', '\xa0chunked'),
  refused('chunked twice behind gzip', 'gzip, chunked, chunked'),
  unknown('gzip before chunked', 'gzip, chunked'),
  unknown('gzip before chunked, on two lines', 'gzip', 'chunked'),
  unknown('gzip with a parameter before chunked', 'gzip;q=1, chunked'),
  unknown('identity before chunked, with blanks and in any case', 'identity ,\tChunked'),
]
