// One client that attacks a server, in a process of its own: what it costs to send is not to slow down those who measure.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { roomOrEnd } from '../support/send-all.ts'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Attack } from '../support/attack.ts'

const attackOf = async (): Promise<Attack> => {
  const [attack] = await once(process, 'message')
  return attack
}

const { port, connections, start, again, byteByByte, renegotiates } = await attackOf()

const damage = { connections: 0, bytes: 0 }
let numbers = 0

const numbered = (text: string): Buffer =>
  Buffer.from(
    text.replace(/#/g, () => `${numbers++}`),
    'latin1',
  )

/** About 64 KiB of what is sent again and again; made anew only if there are numbers in it. */
const repeated = (text: string) => text.repeat(Math.ceil(65_536 / text.length))
const hasNumbers = again?.includes('#') === true
const fixed = again === undefined ? undefined : numbered(repeated(again))
const nextPart = (): Buffer | undefined => (hasNumbers ? numbered(repeated(again)) : fixed)

const send = (socket: Socket, bytes: Uint8Array): boolean => {
  damage.bytes += bytes.length
  return socket.write(bytes)
}

/** How many bytes are sent one by one before other connections have their turn. */
const atOnce = 64

const sendByteByByte = async (socket: Socket, bytes: Uint8Array) => {
  for (let at = 0; at < bytes.length && socket.writable; at++) {
    if (!send(socket, bytes.subarray(at, at + 1))) await roomOrEnd(socket)
    if (at % atOnce === 0) await turn()
  }
  socket.destroy()
}

const sendOn = async (socket: Socket) => {
  for (let part = nextPart(); part !== undefined && socket.writable; part = nextPart()) {
    if (!send(socket, part)) await roomOrEnd(socket)
    else await turn()
  }
}

const renegotiate = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve) => {
    const over = () => {
      socket.off('close', over)
      resolve()
    }
    socket.on('close', over)
    socket.renegotiate({}, over)
  })

const attackOnce = (socket: Socket): Promise<unknown> => {
  const bytes = numbered(start)
  if (byteByByte === true) return sendByteByByte(socket, bytes)
  send(socket, bytes)
  return sendOn(socket)
}

const attackPlain = (): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('connect', () => {
      damage.connections++
      attackOnce(socket)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })

const attackSecure = (): Promise<void> =>
  new Promise((resolve) => {
    const options = { maxVersion: 'TLSv1.2', rejectUnauthorized: false } as const
    const socket = connectTls({ port, host: '127.0.0.1', ...options }, async () => {
      damage.connections++
      while (!socket.destroyed) await renegotiate(socket)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })

process.on('message', () => process.send?.(damage, () => process.exit()))
process.on('disconnect', () => process.exit())
process.send?.('begun')

const attack = renegotiates === true ? attackSecure : attackPlain
for (let i = 0; i < connections; i++) {
  const forEver = async () => {
    for (;;) await attack()
  }
  forEver()
}
