import { switchingResponse } from '@sluice/stack/host'
import type { Duplex } from 'node:stream'
import type { SwitchingResponse, TakeOverInit } from '@sluice/stack/host'

/** Takes the connection, with the bytes that came after the request. It owns the connection from then on: its errors and its end. */
export type TakeOver = (socket: Duplex, head: Buffer) => void

/**
 * A response that hands the connection over, to an Upgrade or a CONNECT (RFC 9110 7.8 and 9.3.6). It needs `attach`.
 *
 * Over HTTP/2 (RFC 8441) the socket is the stream of the request, and the status 101 becomes 200.
 *
 * @param init.status 101 by default.
 * @param init.writesResponse `false` by default.
 * @throws {TypeError} At the call, if a field of `init.headers` is invalid.
 *
 * @example
 * import { createServer } from 'node:http'
 * import { attach, takeOver } from '@sluice/node'
 *
 * const echo = takeOver((socket) => socket.on('error', () => {}).pipe(socket), {
 *   headers: { upgrade: 'echo' },
 * })
 * const detach = attach(createServer(), () => echo)
 * detach()
 */
export const takeOver = (run: TakeOver, init?: TakeOverInit): SwitchingResponse<TakeOver> =>
  switchingResponse(run, init)
