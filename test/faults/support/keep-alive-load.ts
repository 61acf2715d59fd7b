import { connect } from 'node:net'
import { deferred } from '../../support/within.ts'
import { percentile } from './measure.ts'

export interface Load {
  readonly perSecond: number
  readonly p99Ms: number
  readonly requests: number
}

const request = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'

/** Asks for `/` again and again on so many connections, each a request at a time, until so many are answered. */
export const keepAliveLoad = async (
  port: number,
  { connections, requests }: { connections: number; requests: number },
): Promise<Load> => {
  const times: number[] = []
  const each = Math.ceil(requests / connections)
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, () => askRepeatedly(port, each, times)))
  const seconds = (performance.now() - started) / 1000
  const count = each * connections
  return { perSecond: count / seconds, p99Ms: percentile(times, 0.99), requests: count }
}

/** All answers are as long as the first: only their bytes are counted. */
const askRepeatedly = (port: number, count: number, times: number[]): Promise<void> => {
  const { promise, resolve, reject } = deferred()
  let left = count
  let length = 0
  let missing = 0
  let sentAt = performance.now()
  const received = (bytes: number, buffer: Uint8Array): boolean => {
    if (length === 0) length = missing = answerLength(buffer.subarray(0, bytes))
    missing -= bytes
    if (missing > 0) return true
    const now = performance.now()
    times.push(now - sentAt)
    missing = length
    sentAt = now
    if (--left > 0) socket.write(request)
    else socket.end()
    return true
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(4096), callback: received },
  })
  socket.on('connect', () => socket.write(request))
  socket.on('error', reject)
  socket.on('close', () =>
    left === 0 ? resolve() : reject(new Error(`${left} requests have no answer`)),
  )
  return promise
}

const answerLength = (bytes: Uint8Array) => {
  const text = Buffer.from(bytes).toString('latin1')
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
  if (!text.startsWith('HTTP/1.1 200 ') || length === undefined) {
    throw new Error(`Cannot count answers like ${JSON.stringify(text)}`)
  }
  return text.indexOf('\r\n\r\n') + 4 + Number(length)
}
