import { isData } from '@sluice/body'
import { closeQuietly, isPromiseLike, observePromise, pullFrom } from '@sluice/body/engine'
import { answerError, empty } from '@sluice/stack'
import { decodeLatin1 } from './platform-bytes.ts'
import { responseHead } from './response-head.ts'
import type { HttpResponse } from '@sluice/stack'

/**
 * Writes the whole response to a request that could not be read, in latin1. It is that of `answerError`, and closes the
 * connection.
 *
 * @example
 * import { refusal, requestParser } from '@sluice/server/http1'
 *
 * const parser = requestParser()
 * parser.receive(new TextEncoder().encode('GET /\r\n'))
 * try {
 *   parser.next()
 * } catch (error) {
 *   const sent = refusal(error, new Date().toUTCString())
 *   if (!sent.startsWith('HTTP/1.1 400 Bad Request\r\n')) throw new Error('not refused')
 * }
 */
export const refusal = (error: unknown, date: string): string => {
  const response = answerError(error)
  const content = contentOf(response)
  const sent = content === undefined ? empty({ status: response.status }) : response
  const { text } = responseHead(refused, sent, { keepAlive: false, date })
  return text + (content ?? '')
}

/** Stands for a request that could not be read. */
const refused = { method: 'GET', version: '1.1' } as const

/** Content that is there at once and in one frame, with a character for each byte; `undefined` for other content. */
const contentOf = ({ body }: HttpResponse): string | undefined => {
  if (body.byteLength === 0) return ''
  const source = pullFrom(body)
  const frame = source.pull()
  if (isPromiseLike(frame)) observePromise(frame)
  closeQuietly(source)
  if (frame === undefined || isPromiseLike(frame) || !isData(frame)) return undefined
  const { bytes } = frame
  return bytes.length === body.byteLength ? decodeLatin1(bytes, 0, bytes.length) : undefined
}
