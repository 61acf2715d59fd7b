import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { selfSigned } from '../../support/server/self-signed.ts'
import { get } from '../../support/server/serving.ts'
import { within } from '../../support/within.ts'
import type { Socket } from 'node:net'

const clients = 8
/** Milliseconds between two requests of a client: it asks for little, and ought to get it at once. */
const restMs = 3
/** Milliseconds after which an answer is taken never to come. */
const patienceMs = 10_000

const connectTo = (port: number, isSecure: boolean): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1' }
    const socket: Socket = isSecure
      ? connectTls({ ...to, ca: selfSigned.cert, checkServerIdentity: () => undefined }, () =>
          resolve(socket),
        )
      : connect(to, () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })

const askOnce = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = () => reject(new Error('the connection has ended'))
    let text = ''
    const read = (part: Buffer) => {
      text += part.toString('latin1')
      if (!text.endsWith('\r\n\r\nhello')) return
      socket.off('data', read)
      socket.off('close', failed)
      resolve()
    }
    socket.on('data', read)
    socket.on('close', failed)
    socket.write(get('/'))
  })

const askAgain = async (
  port: number,
  isSecure: boolean,
  times: number[],
  isOver: () => boolean,
) => {
  const socket = await within(patienceMs, connectTo(port, isSecure))
  socket.on('error', () => {})
  try {
    while (!isOver()) {
      const started = performance.now()
      await within(patienceMs, askOnce(socket))
      times.push(performance.now() - started)
      await sleep(restMs)
    }
  } finally {
    socket.destroy()
  }
}

/**
 * Some clients that ask for `/`, each on one connection and with a rest between two requests, for some milliseconds; gives
 * the milliseconds that answers took, infinite where there was none.
 */
export const others = async (
  port: number,
  { forMs, secure = false }: { readonly forMs: number; readonly secure?: boolean },
): Promise<readonly number[]> => {
  const times: number[] = []
  const end = performance.now() + forMs
  const isOver = () => performance.now() > end
  await Promise.all(
    Array.from({ length: clients }, () =>
      askAgain(port, secure, times, isOver).catch(() => times.push(Number.POSITIVE_INFINITY)),
    ),
  )
  return times
}
