import { connectTo } from '../../support/server/raw-client.ts'
import type { RawClient } from '../../support/server/raw-client.ts'

export interface Trickle {
  readonly count: number
  /** What is sent at first, and then every so often. */
  readonly start: string
  readonly byte: string
  readonly everyMs: number
  /** Whether they go on when the server has ended its side, as those do that never read. */
  readonly deaf?: boolean
}

/** Clients that send something, and then a byte every so often until the server ends the connection; then they close. */
export const trickle = async (
  port: number,
  { count, start, byte, everyMs, deaf = false }: Trickle,
): Promise<readonly RawClient[]> => {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(port)))
  for (const [i, client] of clients.entries()) {
    client.send(start)
    // Spread over the time: all at once would make this process late, and what it measures.
    const timer = setTimeout(sendOn, (everyMs * i) / count, client, byte, everyMs)
    client.socket.on('close', () => clearTimeout(timer))
    if (!deaf) client.ending.then(() => client.destroy())
  }
  return clients
}

const sendOn = ({ socket }: RawClient, byte: string, everyMs: number) => {
  const timer = setInterval(() => socket.write(byte), everyMs)
  socket.on('close', () => clearInterval(timer))
}
