import { fields } from '@sluice/body'
import type { Fields } from '@sluice/body'
import type { RawClient } from './raw-client.ts'

export interface WireHead {
  readonly status: number
  readonly fields: Fields
  /** The head as it stood on the wire, without the empty line. */
  readonly head: string
}

/** A response as it stood on the wire. Text is Latin-1. */
export interface WireResponse extends WireHead {
  readonly content: string
  /** The data of each chunk, where the response was chunked. */
  readonly chunks: readonly string[]
  readonly trailers: Fields
}

/** RFC 9112 4: status-line, the reason phrase perhaps empty. */
const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e]*$/
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([\t\x20-\x7e\x80-\xff]*)$/

/** Reads a head, strictly: what our server writes has no excuse. */
export const readHead = async (client: RawClient): Promise<WireHead> => {
  const head = (await client.takeTo('\r\n\r\n')).slice(0, -4)
  const [first = '', ...lines] = head.split('\r\n')
  const status = statusLine.exec(first)?.[1]
  if (status === undefined) throw new Error(`Cannot read the status line ${JSON.stringify(first)}`)
  return { status: Number(status), fields: fieldsOf(lines), head }
}

/** Reads a chunk and gives its data, `undefined` for the last chunk, whose trailer section is still to be read. */
export const readChunk = async (client: RawClient): Promise<string | undefined> => {
  const line = await client.takeTo('\r\n')
  const size = /^([1-9a-f][0-9a-f]*|0)\r\n$/.exec(line)?.[1]
  if (size === undefined) throw new Error(`Cannot read the chunk-size ${JSON.stringify(line)}`)
  if (size === '0') return undefined
  const bytes = Number.parseInt(size, 16)
  const data = (await client.take(bytes + 2)).toString('latin1')
  if (!data.endsWith('\r\n')) throw new Error(`Cannot find the end of a chunk of ${bytes} bytes`)
  return data.slice(0, -2)
}

const readTrailers = async (client: RawClient): Promise<Fields> => {
  const lines: string[] = []
  for (;;) {
    const line = await client.takeTo('\r\n')
    if (line === '\r\n') return fieldsOf(lines)
    lines.push(line.slice(0, -2))
  }
}

/** Reads the rest of a response whose head has been read, to its end as its framing says (RFC 9112 6.3). */
export const readContent = async (
  client: RawClient,
  head: WireHead,
  method = 'GET',
): Promise<WireResponse> => {
  const none = { chunks: [], trailers: fields() }
  const length = head.fields.getAll('content-length')
  const codings = head.fields.getAll('transfer-encoding')
  if (length.length + codings.length > 1) throw new Error(`found two framings in ${head.head}`)
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304)
    return { ...head, ...none, content: '' }
  if (codings[0] === 'chunked') {
    const chunks: string[] = []
    for (;;) {
      const chunk = await readChunk(client)
      if (chunk === undefined) break
      chunks.push(chunk)
    }
    return { ...head, content: chunks.join(''), chunks, trailers: await readTrailers(client) }
  }
  if (length[0] !== undefined) {
    const content = await client.take(Number(length[0]))
    return { ...head, ...none, content: content.toString('latin1') }
  }
  const content = await client.takeRest()
  if (client.ended !== 'end') throw new Error('found a reset, wanted an orderly end')
  return { ...head, ...none, content: content.toString('latin1') }
}

/** Reads a whole response; fails when the connection ends before it does. */
export const readResponse = async (client: RawClient, method = 'GET'): Promise<WireResponse> =>
  readContent(client, await readHead(client), method)

const fieldsOf = (lines: readonly string[]): Fields =>
  fields(
    lines.map((line) => {
      const [, name, value] = fieldLine.exec(line) ?? []
      if (name === undefined || value === undefined)
        throw new Error(`Cannot read the field line ${JSON.stringify(line)}`)
      return [name, value] as const
    }),
  )
