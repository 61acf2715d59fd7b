import { switchingResponse } from '@sluice/stack/host'
import type { Duplex } from 'node:stream'
import type { SwitchingResponse as SwitchingResponseOf, TakeOverInit } from '@sluice/stack/host'

/** Takes the connection, with the bytes that came after the request. It owns the connection from then on: its errors and its end. */
export type TakeOver = (socket: Duplex, head: Buffer) => void

/** A response after which the connection speaks another protocol. */
export type SwitchingResponse = SwitchingResponseOf<TakeOver>

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
export const takeOver = (run: TakeOver, init?: TakeOverInit): SwitchingResponse =>
  switchingResponse(run, init)
