import { checkSignal, hearReceiptErrors, nothing, onAbort } from '@sluice/body/engine'
import { checkHandler, HttpError } from '@sluice/stack'
import { attached, checkServer } from './check-server.ts'
import { Exchange } from './exchange.ts'
import { hostContext } from './host-context.ts'
import { isHttp2Request } from './incoming/incoming.ts'
import { sinkOf } from './sending/sink-of.ts'
import { answerOnSocket, answerOnStream } from './switching.ts'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
} from 'node:http2'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Handler } from '@sluice/stack'
import type { HostContext, ListenerOptions } from './host-context.ts'
import type { Incoming, Outgoing } from './incoming/incoming.ts'

/** A server of `node:http`, `node:https` or `node:http2`. */
export type AttachableServer = Server | SecureServer | Http2Server | Http2SecureServer

/**
 * Serves all requests of a server with a handler, and what a listener alone cannot do.
 *
 * `100 (Continue)` is sent when the handler begins to read the content (RFC 9110 10.1.1). An Upgrade or a CONNECT comes to the
 * handler, which may answer with `takeOver`. `client.draining` aborts when `close()` of the server is called, for which `close` is
 * replaced; with `options.draining`, also when that aborts. With an `onError`, errors of receipts are reported there, too.
 *
 * WebSocket over HTTP/2 (RFC 8441) needs a server made with `settings: { enableConnectProtocol: true }`. Such a request has the
 * method CONNECT, and its `:protocol` is the field `upgrade`.
 *
 * @param options.onError As that of `toListener`.
 * @param options.draining Aborts `client.draining` before `close()` is called, if other code closes the server later.
 * @returns A function that removes everything again.
 * @throws {TypeError} At the call, if `server` is not a server, or has a handler already, if `handler` or `onError` is not a function, if
 * `draining` is not a signal, or if a part of `handler` cannot run on the event loop (see `checkHandler`).
 *
 * @example
 * import { createServer } from 'node:http'
 * import { attach } from '@sluice/node'
 * import { text } from '@sluice/stack'
 *
 * export const server = createServer()
 * export const detach = attach(server, () => text('hello'))
 */
export const attach = (
  server: AttachableServer,
  handler: Handler,
  options: ListenerOptions = {},
): (() => void) => {
  checkServer(server)
  checkHandler(handler)
  const draining = new AbortController()
  const context = hostContext({ ...options, draining: draining.signal })
  const stopFollowing = followDraining(options.draining, draining)
  attached.set(server, handler)
  const undo = [
    () => attached.delete(server),
    ...hearRequests(server, handler, context),
    hearClose(server, () => draining.abort(closing())),
    stopFollowing,
    options.onError === undefined ? nothing : hearReceiptErrors(context.report),
  ]
  return () => {
    for (const each of undo.splice(0)) each()
  }
}

/** Aborts the server's signal with that of the options. Returns a function that stops that. */
const followDraining = (given: AbortSignal | undefined, ours: AbortController): (() => void) => {
  if (given === undefined) return nothing
  checkSignal(given, 'draining')
  if (!given.aborted) return onAbort(given, (reason) => ours.abort(reason))
  ours.abort(given.reason)
  return nothing
}

const closing = (): HttpError => new HttpError('UNAVAILABLE', 'Cannot go on: the server is closing')

/** @returns Functions that remove the listeners. */
const hearRequests = (
  server: EventEmitter,
  handler: Handler,
  context: HostContext,
): readonly (() => void)[] => {
  const hear = <A extends readonly unknown[]>(event: string, heard: (...args: A) => void) => {
    server.on(event, heard)
    return () => server.off(event, heard)
  }
  return [
    hear('request', (req: Incoming, res: Outgoing) =>
      new Exchange(req, sinkOf(res), context).start(handler),
    ),
    hear('checkContinue', (req: Incoming, res: Outgoing) =>
      new Exchange(req, sinkOf(res), context, { awaitsContinue: true }).start(handler),
    ),
    hear('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) =>
      answerOnSocket(handler, context, req, socket, head),
    ),
    hear('connect', (...args: ConnectArguments) =>
      isOfHttp2(args)
        ? answerOnStream(handler, context, ...args)
        : answerOnSocket(handler, context, ...args),
    ),
  ]
}

type Http2Connect = readonly [Http2ServerRequest, Http2ServerResponse]

/** What a listener to `connect` is given: over HTTP/2 a response object, otherwise the socket. */
type ConnectArguments = readonly [IncomingMessage, Socket, Buffer] | Http2Connect

const isOfHttp2 = (args: ConnectArguments): args is Http2Connect => isHttp2Request(args[0])

/** Hears that a server begins to close. Node has no event for that: `close` comes when all connections have ended. */
const hearClose = (server: AttachableServer, closes: () => void): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(server, 'close')
  const close = server.close
  const ours = (...args: readonly unknown[]): unknown => {
    closes()
    return Reflect.apply(close, server, args)
  }
  Object.defineProperty(server, 'close', { value: ours, configurable: true, writable: true })
  return () => {
    // Others may have replaced it after us.
    if (Object.getOwnPropertyDescriptor(server, 'close')?.value !== ours) return
    if (before === undefined) Reflect.deleteProperty(server, 'close')
    else Object.defineProperty(server, 'close', before)
  }
}
