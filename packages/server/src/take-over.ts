import { fields, toBody } from '@sluice/body'
import type { Duplex } from 'node:stream'
import type { FieldsInit } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'

/** Takes the connection, with the bytes that came after the request. It owns the connection from then on: its errors and its end. */
export type TakeOver = (socket: Duplex, head: Buffer) => void

/** A response after which the connection speaks another protocol. */
export interface SwitchingResponse extends HttpResponse {
  readonly takeOver: TakeOver
  /** Whether `takeOver` writes the response itself. */
  readonly writesResponse: boolean
}

export interface TakeOverInit {
  /** 101 by default; 200 for CONNECT. */
  readonly status?: number
  /** Fields of the response. A 101 needs `upgrade`. */
  readonly headers?: FieldsInit
  /** Whether `takeOver` writes the response itself, as the libraries for WebSocket do; `false` by default. */
  readonly writesResponse?: boolean
}

/**
 * A response that hands the connection over, to an Upgrade or a CONNECT (RFC 9110 7.8 and 9.3.6).
 *
 * The server writes the head, unless `takeOver` does, and then calls `takeOver`. From then on it only counts the connection, and
 * cuts it at the end of grace when the server closes.
 *
 * @param init.status 101 by default.
 * @param init.writesResponse `false` by default.
 *
 * @example
 * import { serve, takeOver } from '@sluice/server'
 *
 * const echo = takeOver((socket) => socket.on('error', () => {}).pipe(socket), {
 *   headers: { upgrade: 'echo' },
 * })
 * const server = await serve(() => echo)
 * await server.close()
 */
export const takeOver = (run: TakeOver, init: TakeOverInit = {}): SwitchingResponse => ({
  status: init.status ?? 101,
  headers: fields(init.headers),
  body: toBody(null),
  takeOver: run,
  writesResponse: init.writesResponse ?? false,
})

/** Recognizes a response that takes over by its shape. */
export const takesOver = (response: HttpResponse): response is SwitchingResponse =>
  typeof takeOverOf(response) === 'function'

/** A look-up, not `in`: it is asked of every response. */
const takeOverOf = (response: HttpResponse & { readonly takeOver?: unknown }) => response.takeOver
