import { Buffer } from 'node:buffer'
import { ServerResponse, STATUS_CODES } from 'node:http'
import { flatFields } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { callUser, checkSwitch, isConnectionField, responseInvalid } from '@sluice/stack/host'
import { Exchange } from './exchange.ts'
import { hearLeaving } from './hear-leaving.ts'
import { lengthOf } from './incoming/incoming-content.ts'
import { endSoftly } from './sending/end-softly.ts'
import { grouped } from './sending/grouped.ts'
import { http2Headers } from './sending/http2-headers.ts'
import { sinkOf } from './sending/sink-of.ts'
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Handler } from '@sluice/stack'
import type { SwitchingResponse } from '@sluice/stack/host'
import type { Leaving } from './hear-leaving.ts'
import type { HostContext } from './host-context.ts'
import type { TakeOver } from './take-over.ts'

// Upgrade and CONNECT (RFC 9110 7.8 and 9.3.6): over HTTP/1.1 by the socket, over HTTP/2 by the stream (RFC 8441).

/**
 * An Upgrade or a CONNECT of HTTP/1.1. Node has given up the socket: the response is ours to write, also if nothing is taken over.
 *
 * The request may be pipelined behind others: it waits until their responses are complete. One of them may close the connection.
 */
export const answerOnSocket = (
  handler: Handler,
  context: HostContext,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void => {
  // An error without a listener, such as the client's reset, would end the process.
  socket.on('error', () => {})
  const leaving = hearLeaving(socket)
  afterResponses(socket, () => answer(handler, context, req, socket, head, leaving))
}

/** Calls back when no response is being written to a socket; never if it closes before. */
const afterResponses = (socket: AnsweringSocket, call: () => void): void => {
  const before = socket._httpMessage
  if (before === undefined || before === null) {
    if (socket.writable) call()
  } else
    before.once('finish', () => {
      // Node has set the time-out of an idle connection.
      socket.setTimeout(0)
      afterResponses(socket, call)
    })
}

/** Node keeps the response that is being written here, and the next one when that is complete. */
type AnsweringSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

const answer = (
  handler: Handler,
  context: HostContext,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
  leaving: Leaving,
): void => {
  const res = new ServerResponse(req)
  // RFC 9931: the client may have sent bytes of the other protocol. They must not be read as a request.
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  const ended = () => endSoftly(socket)
  res.once('finish', ended)
  const { upgrade } = req.headers
  const exchange = new Exchange(req, sinkOf(res), context, {
    switching: {
      check: (response) => checkSwitch(req.method ?? '', upgrade, response),
      refused: () => leaving.discard(),
      takenOver(response, failed) {
        leaving.ignore()
        res.off('finish', ended)
        res.detachSocket(socket)
        if (!response.writesResponse) socket.write(switchingHead(response), 'latin1')
        run(response, socket, head, failed)
      },
    },
  })
  exchange.start(lengthOf(req) === 0 ? handler : refuseContent)
}

/** Node stops its parser at the end of the head: it has not read the content. */
const refuseContent: Handler = () => {
  throw new HttpError(
    'NOT_IMPLEMENTED',
    'Cannot read the request: found an Upgrade or a CONNECT with content',
    { expose: true },
  )
}

/** A CONNECT of HTTP/2: what a client of HTTP/1.1 asks for by `Upgrade`, it asks for by `:protocol` (RFC 8441). */
export const answerOnStream = (
  handler: Handler,
  context: HostContext,
  req: Http2ServerRequest,
  res: Http2ServerResponse,
): void => {
  const { stream } = res
  const protocol = req.headers[':protocol']
  const upgrade = typeof protocol === 'string' ? protocol : undefined
  const exchange = new Exchange(req, sinkOf(res), context, {
    switching: {
      refused() {},
      check(response) {
        checkSwitch('CONNECT', upgrade, response)
        if (response.writesResponse)
          throw responseInvalid('a takeOver over HTTP/2 that writes its response itself')
      },
      takenOver(response, failed) {
        // RFC 8441 5: 200 takes the place of 101.
        const status = response.status === 101 ? 200 : response.status
        stream.respond({ ...http2Headers(grouped(keptFields(response, false))), ':status': status })
        stream.on('error', () => {})
        run(response, stream, Buffer.alloc(0), failed)
      },
    },
  })
  exchange.start(handler)
}

const run = (
  { takeOver }: SwitchingResponse<TakeOver>,
  socket: Duplex,
  head: Buffer,
  failed: (error: unknown) => void,
): void =>
  callUser(
    () => takeOver(socket, head),
    (error) => {
      failed(error)
      socket.destroy()
    },
  )

const switchingHead = (response: SwitchingResponse<TakeOver>): string => {
  const { status } = response
  const flat = keptFields(response, status === 101)
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < flat.length; i += 2) text += `${flat[i] ?? ''}: ${flat[i + 1] ?? ''}\r\n`
  return `${text}${status === 101 ? 'connection: upgrade\r\n' : ''}\r\n`
}

/** RFC 9110 8.6 and RFC 9112 6.1: neither 1xx nor 2xx to CONNECT has a length or a coding. */
const keptFields = ({ headers }: SwitchingResponse<TakeOver>, upgrades: boolean): string[] => {
  const lines = flatFields(headers)
  const kept: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] ?? ''
    const isKept = name === 'upgrade' ? upgrades : !isConnectionField(name)
    if (isKept && name !== 'content-length') kept.push(name, lines[i + 1] ?? '')
  }
  return kept
}
