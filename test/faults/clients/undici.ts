import { Client as Undici } from 'undici'
import { done } from './client.ts'
import type { Client } from './client.ts'

const requests = 10_000

/** Ten requests ahead on each of four connections; each answer has to be that of its request. */
export const undici: Client = {
  title: 'undici, 10 requests ahead',
  async run({ port }) {
    let asked = 0
    let failed = 0
    const askOnOne = async () => {
      const client = new Undici(`http://127.0.0.1:${port}`, { pipelining: 10 })
      const ask = async (): Promise<void> => {
        while (asked < requests) {
          const id = `id-${asked++}`
          const { statusCode, body } = await client.request({ path: `/id?id=${id}`, method: 'GET' })
          if (statusCode !== 200 || (await body.text()) !== id) failed++
        }
      }
      const askSafely = () =>
        ask().catch(() => {
          failed++
        })
      await Promise.all(Array.from({ length: 20 }, askSafely))
      await client.close()
    }
    await Promise.all(Array.from({ length: 4 }, askOnOne))
    return done(asked, failed)
  },
}
