import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

/** A port that passes everything on to another one, except that answers may be held. */
export interface HeldConnections {
  readonly port: number
  /** From now on answers wait. */
  hold(): void
  /** What waits is passed on, in order. */
  release(): void
  close(): void
}

export const heldConnections = async (target: number): Promise<HeldConnections> => {
  const sockets = new Set<Socket>()
  let held: (() => void)[] | undefined
  const add = (socket: Socket, other: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  const server = createServer((client) => {
    const behind = connect(target, '127.0.0.1')
    add(client, behind)
    add(behind, client)
    client.on('data', (bytes) => behind.write(bytes))
    behind.on('data', (bytes) => {
      if (held === undefined) client.write(bytes)
      else held.push(() => client.write(bytes))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    hold() {
      held ??= []
    },
    release() {
      for (const pass of held ?? []) pass()
      held = undefined
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
