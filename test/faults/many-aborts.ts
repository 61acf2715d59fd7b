import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, request } from '../support/server/serving.ts'
import { mib, msUntil, warmUp } from './support/measure.ts'
import { randomFrom } from './support/random.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'
import type { ServerProcess } from './support/server-process.ts'

const many = 100_000
const atOnce = 100

/** In a handler that waits for the end, while content comes, while an answer goes, and between requests. */
const kinds = [
  get('/hold'),
  request('POST', '/upload', 'content-length: 1000000') + 'a'.repeat(2000),
  `${request('POST', '/upload', 'transfer-encoding: chunked')}5\r\nhello\r\n`,
  get('/download?bytes=1000000'),
  get('/slow?ms=10&id=a'),
]

/** Sends a request and goes away, by RST or by closing, some milliseconds later. */
const abortOne = (port: number, kind: string, afterMs: number, reset: boolean): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(kind)
      setTimeout(() => (reset ? socket.resetAndDestroy() : socket.destroy()), afterMs)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })

const abortMany = async (port: number, count: number) => {
  const random = randomFrom(2)
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      const kind = kinds[Math.floor(random() * kinds.length)] ?? ''
      await abortOne(port, kind, random() * 4, random() < 0.8)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const heapOf = async (server: ServerProcess) => {
  // What hears of its end by a timer of its own has to have heard.
  await sleep(1000)
  return server.report()
}

export const manyAborts: Row = besideNode({
  name: 'many-aborts',
  marks: [
    ['100,000 aborted requests: heap growth', '< 5 MiB'],
    ['the same: handles left, rejections nobody caught', '0, 0'],
  ],
  async measure(server) {
    await warmUp(server, '/')
    const sockets = server.sockets()
    await abortMany(server.port, 2000)
    const before = await heapOf(server)
    await abortMany(server.port, many)
    await msUntil(3000, () => server.sockets() <= sockets)
    const after = await heapOf(server)
    const growth = (after.heapUsed - before.heapUsed) / 1_048_576
    const resources = after.resources - before.resources
    const left = Math.max(server.sockets() - sockets, resources)
    return [
      met(growth < 5, `${mib(growth)}, ${after.started - before.started} handlers ran`),
      met(left <= 0 && after.uncaught === 0, `${left}, ${after.uncaught}`),
    ]
  },
})
