import { connect } from 'node:net'
import { get, request } from '../support/server/serving.ts'
import { between } from './lab.ts'
import type { Socket } from 'node:net'

const atOnce = 150
/** Milliseconds after which the most patient client leaves. */
const mostMs = 25
/** Milliseconds after which one that has sent its FIN, or stopped reading, goes for good. */
const goneMs = 60

type Random = () => number

const later = (socket: Socket, ms: number, leave: () => void): void => {
  const timer = setTimeout(leave, ms)
  socket.on('close', () => clearTimeout(timer))
}

/** The ways in which a client leaves. */
const leaves: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => {
    socket.end()
    later(socket, goneMs, () => socket.destroy())
  },
  (socket) => {
    socket.pause()
    later(socket, goneMs, () => socket.resetAndDestroy())
  },
]

/** A request for a path, or a part of one: content of which half is missing. */
const sentFor = (path: string): string =>
  path === '/upload'
    ? `${request('POST', path, 'transfer-encoding: chunked')}400\r\n${'a'.repeat(500)}`
    : get(path)

const leaveOnce = (port: number, path: string, random: Random): Promise<void> =>
  new Promise((resolve) => {
    const leave = leaves[between(random, 0, leaves.length - 1)]
    const readsNothing = random() < 0.2
    const ms = random() * mostMs
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      socket.write(sentFor(path))
      later(socket, ms, () => leave?.(socket))
    })
    if (readsNothing) socket.pause()
    else socket.resume()
    // The server may end first: its answer was short.
    socket.on('end', () => socket.end())
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })

/** So many clients, many at a time, each of which asks for one of the paths and leaves at a random time in a random way. */
export const leaveMany = async (
  port: number,
  { paths, count, random }: { paths: readonly string[]; count: number; random: Random },
): Promise<void> => {
  let left = count
  const one = async () => {
    while (left-- > 0) {
      const path = paths[between(random, 0, paths.length - 1)] ?? '/'
      await leaveOnce(port, path, random)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}
