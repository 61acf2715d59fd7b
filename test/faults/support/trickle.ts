import { connectTo } from '../../support/raw-client.ts'
import type { RawClient } from '../../support/raw-client.ts'

/** Clients that send something, and then a byte every so often until the server ends the connection; then they close. */
export const trickle = async (
  port: number,
  { count, start, byte, everyMs }: { count: number; start: string; byte: string; everyMs: number },
): Promise<readonly RawClient[]> => {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(port)))
  for (const [i, client] of clients.entries()) {
    client.send(start)
    // Spread over the time: all at once would make this process late, and what it measures.
    const timer = setTimeout(sendOn, (everyMs * i) / count, client, byte, everyMs)
    client.ending.then(() => {
      clearTimeout(timer)
      client.destroy()
    })
  }
  return clients
}

const sendOn = (client: RawClient, byte: string, everyMs: number) => {
  const timer = setInterval(() => client.send(byte), everyMs)
  client.ending.then(() => clearInterval(timer))
}
