import { connectTo } from '../support/server/raw-client.ts'
import { get, post, request } from '../support/server/serving.ts'
import { ask } from './support/ask.ts'
import { msUntil, warmUp } from './support/measure.ts'
import { randomFrom } from './support/random.ts'
import { besideNode, met } from './support/row.ts'
import type { Row } from './support/row.ts'

const resetsWanted = 1000
const atOnce = 50

const chunked = '5\r\nhello\r\n400;a=b\r\n'.padEnd(1042, 'c')

const kinds = [
  get('/'),
  get('/hold'),
  get('/download?bytes=67108864'),
  get('/slow?ms=20&id=a'),
  post('/upload', 'd'.repeat(3000)),
  post('/upload-slow', 'd'.repeat(3000)),
  request('POST', '/upload', 'transfer-encoding: chunked') + chunked,
  request('POST', '/upload', 'expect: 100-continue', 'content-length: 1000'),
  get('/').repeat(20),
  'GET / HTTP/1.1\r\nbad field\r\n\r\n',
]

/** Sends a part of some request, waits a little, and resets. */
const resetOnce = async (port: number, random: () => number): Promise<void> => {
  const client = await connectTo(port)
  const kind = kinds[Math.floor(random() * kinds.length)] ?? ''
  const whole = random() < 0.5
  client.send(whole ? kind : kind.slice(0, Math.ceil(random() * kind.length)))
  await new Promise((resolve) => setTimeout(resolve, random() * 30))
  client.reset()
}

export const resets: Row = besideNode({
  name: 'resets',
  marks: [['1000 RSTs at random phases: sockets left', '0, process alive']],
  async measure(server) {
    await warmUp(server, '/')
    const sockets = server.sockets()
    const random = randomFrom(1)
    for (let i = 0; i < resetsWanted; i += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, () => resetOnce(server.port, random)))
    }
    await msUntil(1000, () => server.sockets() <= sockets)
    const left = server.sockets() - sockets
    const { uncaught } = await server.report()
    const { status } = await ask(server.port, '/')
    const isMet = left === 0 && uncaught === 0 && status === 200
    return [met(isMet, `${left}, alive, ${uncaught} uncaught`)]
  },
})
