import { isHttp2Request } from './incoming.ts'
import { onSocketClose } from './on-socket-close.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Incoming } from './incoming.ts'

/** Where Node keeps the response that a connection is sending: no event of a request tells that its response is complete. */
interface ServerSocket {
  readonly _httpMessage?: ServerResponse | null
}

/**
 * Calls back when a request without its response object is over: its response is complete (`true`), or the client has gone before.
 *
 * Not by the `close` of the request in HTTP/1: that comes as soon as its content was read. Of a pipelined request only the end of the
 * connection is heard.
 */
export const whenOver = (req: Incoming, call: (isComplete: boolean) => void): void => {
  if (isHttp2Request(req)) return void req.once('close', () => call(!req.aborted))
  const res = responseTo(req)
  if (res !== undefined) res.once('close', () => call(res.writableFinished))
  else if (req.socket.destroyed) call(false)
  else onSocketClose(req.socket, () => call(false))
}

const responseTo = (req: IncomingMessage): ServerResponse | undefined => {
  const { _httpMessage: res }: Socket & ServerSocket = req.socket
  return res?.req === req ? res : undefined
}
