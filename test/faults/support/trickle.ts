import { connectTo } from '../../support/raw-client.ts'
import type { RawClient } from '../../support/raw-client.ts'

/** Clients that send something, and then a byte every so often until the server ends the connection; then they close. */
export const trickle = async (
  port: number,
  { count, start, byte, everyMs }: { count: number; start: string; byte: string; everyMs: number },
): Promise<readonly RawClient[]> => {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(port)))
  for (const client of clients) {
    client.send(start)
    const timer = setInterval(() => client.send(byte), everyMs)
    client.ending.then(() => {
      clearInterval(timer)
      client.destroy()
    })
  }
  return clients
}
