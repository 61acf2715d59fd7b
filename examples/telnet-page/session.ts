import { connect } from 'node:net'
import { reader, toBody } from '@sluice/body'
import { until } from '@sluice/pause'
import { withoutCommands } from './telnet.ts'
import type { Socket } from 'node:net'
import type { Body } from '@sluice/body'

/** Opens a connection. When the signal aborts, it is destroyed, opened or not. */
export type Connect = (signal: AbortSignal) => PromiseLike<Socket>

export const connectTo =
  (host: string, port: number): Connect =>
  async (signal) => {
    const socket = connect({ host, port, signal })
    // Its reader gets the error.
    socket.on('error', () => {})
    try {
      await until(socket, 'connect', { timeoutMs: 5000 })
      return socket
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

/** The lines that the other end says, of up to 4 KiB. No more is read than is asked for. */
export const linesOf = (socket: Socket): AsyncIterable<string> => {
  // If the other end does not read, its wishes are not answered: the answers would have to be kept. After our end, none can be.
  const answer = (bytes: Uint8Array) => {
    if (socket.writable && !socket.writableNeedDrain) socket.write(bytes)
  }
  return reader(withoutCommands(answer)(toBody(socket))).lines({ maxBytes: 4096 })
}

/** Says a line, as soon as the other end has read enough of those before. Control characters are no part of a line. */
export const sayLine = async (socket: Socket, line: string): Promise<void> => {
  await until(socket, 'writable', { timeoutMs: 5000 })
  socket.write(`${printable(line)}\r\n`)
}

/** Says what a client sends, of up to 1 KiB a line. Its end is the end of what is said; an error of it breaks off the session. */
export const sayLines = async (socket: Socket, content: Body): Promise<void> => {
  try {
    for await (const line of reader(content).lines({ maxBytes: 1024 })) await sayLine(socket, line)
    socket.end()
  } catch (error) {
    socket.destroy(error instanceof Error ? error : undefined)
  }
}

/** Without the characters that terminals obey. */
export const printable = (line: string): string => line.replaceAll(/\p{Cc}/gu, ' ')
