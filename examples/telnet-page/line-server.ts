// In the place of a server on the net: a sluice that takes orders by lines, and says its level now and then.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { connectTo, linesOf, sayLine } from './session.ts'
import type { Server, Socket } from 'node:net'
import type { Connect } from './session.ts'

/** IAC WILL ECHO, as telnet servers begin. */
const willEcho = Uint8Array.of(255, 251, 1)

const attend = async (socket: Socket): Promise<void> => {
  const sluice = { level: 1.2, isOpen: false }
  const level = () => `level ${sluice.level.toFixed(2)} m, ${sluice.isOpen ? 'open' : 'closed'}`
  const ticker = setInterval(() => {
    sluice.level = Math.max(0, sluice.level + (sluice.isOpen ? -0.1 : 0.02))
    // Who does not read misses it.
    if (socket.writable && !socket.writableNeedDrain) socket.write(`${level()}\r\n`)
  }, 1500)
  // Of what is said to somebody who has gone. While lines are read, their reader gets errors.
  socket.on('error', () => {})
  const lines = linesOf(socket)
  try {
    socket.write(willEcho)
    await sayLine(socket, 'This is a sluice. Say open, close, level or quit.')
    for await (const line of lines) {
      const order = line.trim()
      // The lines end when the other end closes too. Leaving the loop would destroy the socket, and what was just said with it.
      if (order === 'quit') socket.end('Goodbye.\r\n')
      else if (order === 'open' || order === 'close') sluice.isOpen = order === 'open'
      else if (order !== 'level') await sayLine(socket, `What is ${order}?`)
      if (socket.writable) await sayLine(socket, level())
    }
    if (socket.writable) await sayLine(socket, 'Goodbye.')
  } catch {
    // The other end has gone.
  } finally {
    clearInterval(ticker)
    socket.end()
  }
}

let server: Server | undefined
let users = 0

/** Connects to the line server, which runs as long as there is a connection. */
export const connectHere: Connect = async (signal) => {
  server ??= createServer({ allowHalfOpen: true }, attend).listen(0, '127.0.0.1')
  const running = server
  users++
  const leave = () => {
    users--
    if (users > 0) return
    server = undefined
    running.close()
  }
  try {
    if (!running.listening) await once(running, 'listening')
    const address = running.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const socket = await connectTo('127.0.0.1', port)(signal)
    socket.once('close', leave)
    return socket
  } catch (error) {
    leave()
    throw error
  }
}
