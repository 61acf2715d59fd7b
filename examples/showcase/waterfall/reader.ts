// The client that measures: reads a compressed response as it arrives, and says what can be read of it.
import { get } from 'node:http'
import { createGunzip } from 'node:zlib'
import { sleep } from '@sluice/pause'
import type { IncomingMessage } from 'node:http'

/** Bytes that have come since the one before: on the wire, and decoded. The first is the head alone. */
export interface Arrival {
  readonly at: number
  readonly wireBytes: number
  readonly decodedBytes: number
}

const ask = (port: number, path: string, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get({ port, path, signal, agent: false, headers: { 'accept-encoding': 'gzip' } }, resolve).once(
      'error',
      reject,
    )
  })

/** @param bytesPerSecond How fast it reads; as fast as it can by default. */
export async function* read(
  port: number,
  path: string,
  signal: AbortSignal,
  bytesPerSecond = Number.POSITIVE_INFINITY,
): AsyncGenerator<Arrival> {
  const response = await ask(port, path, signal)
  let wireBytes = response.socket.bytesRead
  yield { at: performance.now(), wireBytes, decodedBytes: 0 }
  let decodedBytes = 0
  const gunzip = createGunzip().on('data', (bytes: Buffer) => {
    decodedBytes += bytes.length
  })
  for await (const bytes of response) {
    const at = performance.now()
    // What can be decoded of it has been when the callback comes.
    await new Promise((resolve) => gunzip.write(bytes, resolve))
    yield { at, wireBytes: response.socket.bytesRead - wireBytes, decodedBytes }
    wireBytes = response.socket.bytesRead
    decodedBytes = 0
    if (bytesPerSecond < Number.POSITIVE_INFINITY)
      await sleep((bytes.length / bytesPerSecond) * 1000, { signal })
  }
}

/** Opens a response, waits for its first bytes, and drops what comes. It lasts until the signal aborts. */
export const openIdle = async (port: number, path: string, signal: AbortSignal): Promise<void> => {
  const response = await ask(port, path, signal)
  response.on('error', () => {})
  await new Promise((resolve) => response.once('data', resolve))
}
