// The client that measures: it reads a compressed response as it arrives, and tells what can be read of it.
import { get } from 'node:http'
import { createGunzip } from 'node:zlib'
import { sleep } from '@sluice/pause'
import type { IncomingMessage } from 'node:http'

/** Bytes that have come since the last ones, at `performance.now()`. The first are those of the head. */
export interface Reading {
  readonly at: number
  readonly wireBytes: number
  readonly decodedBytes: number
}

const ask = (port: number, path: string, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip' }
    const request = get({ host: '127.0.0.1', port, path, signal, agent: false, headers }, resolve)
    request.once('error', reject)
  })

/**
 * Reads a response of the children.
 *
 * @param bytesPerSecond How fast it reads; as fast as it can by default.
 */
export async function* read(
  port: number,
  path: string,
  signal: AbortSignal,
  bytesPerSecond: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Reading> {
  const response = await ask(port, path, signal)
  let wireBytes = response.socket.bytesRead
  yield { at: performance.now(), wireBytes, decodedBytes: 0 }
  let decodedBytes = 0
  const gunzip = createGunzip().on('data', (bytes: Buffer) => {
    decodedBytes += bytes.length
  })
  for await (const bytes of response) {
    const at = performance.now()
    // All that can be decoded has been when this is called back.
    await new Promise((resolve) => gunzip.write(bytes, resolve))
    const { bytesRead } = response.socket
    yield { at, wireBytes: bytesRead - wireBytes, decodedBytes }
    wireBytes = bytesRead
    decodedBytes = 0
    if (bytesPerSecond < Number.POSITIVE_INFINITY)
      await sleep((bytes.length / bytesPerSecond) * 1000, { signal })
  }
}

/** Opens a response and waits for its first bytes. It lasts until the signal aborts, and what comes is dropped. */
export const openIdle = async (port: number, signal: AbortSignal): Promise<void> => {
  const response = await ask(port, '/idle', signal)
  response.on('error', () => {})
  await new Promise((resolve) => response.once('data', resolve))
}
