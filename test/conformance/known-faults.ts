/** A fault that was published of another server or client, and where it is tested here. */
export type KnownFault = FaultOfBytes | FaultOfBehaviour

interface Published {
  /** As it is listed: a CVE, or an advisory that has no CVE. */
  readonly number: string
  readonly product: string
  readonly fault: string
}

/** A client needs only to send bytes. */
interface FaultOfBytes extends Published {
  /** Names of rows in the tables of requests beside this file. */
  readonly rows: readonly string[]
  /** What a client of ours gets for each of them. */
  readonly status: number
}

/** Bytes alone do not show it. */
interface FaultOfBehaviour extends Published {
  readonly test: { readonly file: string; readonly title: string }
}

const known = (title: string) => ({ file: 'test/server/known-faults.test.ts', title })

const chunks: readonly KnownFault[] = [
  {
    number: 'CVE-2025-22871',
    product: 'Go',
    fault: 'a bare LF ended a chunk-size line',
    rows: ['chunk: bare LF after the size', 'chunk: bare LF after the last chunk'],
    status: 400,
  },
  {
    number: 'CVE-2025-55315',
    product: 'Kestrel',
    fault: 'a line end other than CR LF was passed over in a chunk extension',
    rows: [
      'chunk: bare LF after a name',
      'chunk: bare LF after ";"',
      'chunk: bare CR after a value',
      'chunk: CR LF in quotes',
      'chunk: bare LF in quotes',
      'chunk: bare LF after a backslash',
    ],
    status: 400,
  },
  {
    number: 'CVE-2025-58056',
    product: 'Netty',
    fault: 'a bare LF ended a chunk-size line with extensions',
    rows: ['chunk: bare LF after a name', 'chunk: bare LF after a value'],
    status: 400,
  },
  {
    number: 'CVE-2025-43859',
    product: 'h11',
    fault: 'two bytes were skipped after the data of a chunk, whatever they were',
    rows: ['chunk: two other bytes after the data', 'chunk: LF CR after the data'],
    status: 400,
  },
  {
    number: 'CVE-2024-22019',
    product: 'Node',
    fault: 'chunk extensions had no bound',
    rows: ['a chunk-size line of 4097 bytes'],
    status: 400,
  },
  {
    number: 'CVE-2023-39326',
    product: 'Go',
    fault: 'chunk extensions were bounded in a line, and not over the body',
    rows: ['extensions on 300 chunks of a byte'],
    status: 413,
  },
]

const framing: readonly KnownFault[] = [
  {
    number: 'CVE-2023-47627',
    product: 'aiohttp',
    fault: 'a number parser of the language took signs and underscores',
    rows: [
      'chunk: a plus sign',
      'chunk: a minus sign',
      'chunk: an underscore between digits',
      'Content-Length: a plus sign',
      'Content-Length: a minus sign',
      'Content-Length: an underline',
    ],
    status: 400,
  },
  {
    number: 'CVE-2023-40175',
    product: 'Puma',
    fault: 'an empty length was taken, and a trailer section not read',
    rows: ['Content-Length: nothing', 'trailer: a request line', 'trailer: no colon'],
    status: 400,
  },
  {
    number: 'CVE-2023-40225',
    product: 'HAProxy',
    fault: 'an empty length was passed on',
    rows: ['Content-Length: nothing'],
    status: 400,
  },
  {
    number: 'CVE-2022-32213',
    product: 'llhttp',
    fault: 'a coding that is not chunked was taken for it',
    rows: [
      'Transfer-Encoding: a longer word',
      'Transfer-Encoding: a longer word that ends so',
      'Transfer-Encoding: a comma after it',
    ],
    status: 400,
  },
  {
    number: 'CVE-2022-32215',
    product: 'llhttp',
    fault: 'a coding on several lines was read as its first or last',
    rows: [
      'Transfer-Encoding: chunked on two lines',
      'Transfer-Encoding: chunked not last, on two lines',
      'Transfer-Encoding: nothing, and chunked on another line',
    ],
    status: 400,
  },
  {
    number: 'CVE-2026-23527',
    product: 'h3',
    fault: 'chunked was known in lower case only, and its content read as the next request',
    rows: ['the name of the coding in any case'],
    status: 200,
  },
]

const fields: readonly KnownFault[] = [
  {
    number: 'CVE-2021-22959',
    product: 'llhttp',
    fault: 'a space before the colon was passed over',
    rows: ['a space before the colon', 'a space before the colon of a length'],
    status: 400,
  },
  {
    number: 'CVE-2022-35256',
    product: 'llhttp',
    fault: 'a field line needed no CR LF at its end',
    rows: ['a LF alone after a field line', 'a field line behind a CR alone'],
    status: 400,
  },
  {
    number: 'CVE-2023-30589',
    product: 'llhttp',
    fault: 'a CR alone ended a line',
    rows: ['a field line behind a CR alone', 'chunk: bare CR after the size'],
    status: 400,
  },
  {
    number: 'CVE-2024-27982',
    product: 'Node',
    fault: 'a length behind a space was overlooked',
    rows: ['a length in a folded line', 'blanks between request line and fields'],
    status: 400,
  },
  {
    number: 'CVE-2025-23167',
    product: 'Node',
    fault: 'CR LF CR and any other byte ended a head',
    rows: ['something else between CR and LF at the end'],
    status: 400,
  },
  {
    number: 'CVE-2026-21710',
    product: 'Node',
    fault: 'a field of the name __proto__ broke the object of fields',
    test: known('names that objects have are names as others, in fields and trailers'),
  },
]

const behaviour: readonly KnownFault[] = [
  {
    number: 'CVE-2026-1525',
    product: 'undici',
    fault: 'a length was written twice where its name came in two cases',
    test: known(
      'on the way out names that differ in case are one, and two lengths are no response',
    ),
  },
  ...['CVE-2026-44456', 'CVE-2026-54288'].map((number) => ({
    number,
    product: 'Hono',
    fault: 'a bound of the body believed Content-Length, or counted too late',
    test: known('a bound counts what is read, by length and chunked alike, and is a 413'),
  })),
  {
    number: 'GHSA-mrq3-vjjr-p77c',
    product: 'Fastify',
    fault: 'a stream was written without waiting for a client that does not read',
    test: {
      file: 'test/server/backpressure.test.ts',
      title: 'is asked for no more than fits, and goes on byte by byte',
    },
  },
]

export const knownFaults: readonly KnownFault[] = [...chunks, ...framing, ...fields, ...behaviour]
