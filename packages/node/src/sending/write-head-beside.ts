import { keepingOthers } from './keeping-others.ts'
import type { ServerResponse } from 'node:http'
import type { ResponseHead } from './response-head.ts'

/**
 * Writes the head of a response to a `res` that other code has set fields on, or whose `writeHead` it has replaced.
 *
 * By `setHeader` and `writeHead(status)`, as most code does: layers read the other forms of `writeHead` in different ways. That of
 * on-headers 1.0.2 takes names and values in turn for pairs. If it fails, the fields are those of before.
 *
 * @param isChunked Whether the content is chunked: other code may have set another framing, which is not that of this response.
 */
export const writeHeadBeside = (
  res: ServerResponse,
  writeHead: (status: number) => unknown,
  head: ResponseHead,
  isChunked: boolean,
): void => {
  const before = res.getHeaders()
  const flat = keepingOthers(res, head.flat)
  try {
    clearFraming(res, head.length, isChunked)
    for (let i = 0; i < flat.length; i += 2) res.setHeader(String(flat[i]), flat[i + 1] ?? '')
    writeHead(head.status)
  } catch (error) {
    if (!res.headersSent) giveBack(res, head, before)
    throw error
  }
}

const clearFraming = (res: ServerResponse, length: number | undefined, isChunked: boolean) => {
  if (length === undefined && res.hasHeader('content-length')) res.removeHeader('content-length')
  if (!isChunked && res.hasHeader('trailer')) res.removeHeader('trailer')
  if (!res.hasHeader('transfer-encoding')) return
  // If it is removed, Node does not add its own.
  if (isChunked) res.setHeader('transfer-encoding', 'chunked')
  else res.removeHeader('transfer-encoding')
}

const giveBack = (
  res: ServerResponse,
  { flat }: ResponseHead,
  before: ReturnType<ServerResponse['getHeaders']>,
): void => {
  for (let i = 0; i < flat.length; i += 2) {
    const name = String(flat[i])
    const value = before[name]
    if (value === undefined) res.removeHeader(name)
    else res.setHeader(name, value)
  }
}
