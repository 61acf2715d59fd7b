// All sockets read into one buffer, and small parts of answers are joined in one place: what one client sends, or is sent, is
// never seen by another.
import { createServer } from 'node:net'
import { readText } from '@sluice/body'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { duplexPair } from '../support/server/duplex-pair.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { Handler } from '@sluice/stack'

const reads = suite('server: memory that sockets read into')

/** Keeps all frames of its content to the end, and counts the bytes in them that are not those that were sent. */
const keeping = () => {
  const seen = { bytes: 0 }
  const handler: Handler = async ({ target, body }) => {
    const kept: Uint8Array[] = []
    for await (const frame of body) {
      if (frame.kind !== 'data') continue
      kept.push(frame.bytes)
      seen.bytes += frame.bytes.length
    }
    const sent = target.charCodeAt(1)
    const others = kept.map((bytes) => bytes.reduce((sum, byte) => sum + Number(byte !== sent), 0))
    return text(`${target} ${others.reduce((sum, each) => sum + each, 0)}`)
  }
  return { seen, handler }
}

/** Waits for something without any other connection's help: each of them would read. */
const quietly = async (come: () => boolean): Promise<void> => {
  for (let turns = 0; !come(); turns++) {
    if (turns > 1_000_000) throw new Error('Cannot wait: a million turns are over')
    await turn()
  }
}

/** Much for a read, and little enough to come at once. */
const pieceBytes = 40_000

const postOf = (letter: string, pieces: number) =>
  request('POST', `/${letter}`, `content-length: ${pieces * pieceBytes}`)

// A buffer that was given to a handler with what was in it once became another socket's.
reads(
  'frames that a handler keeps do not change when another client connects, and sends',
  serving(async (start) => {
    const { seen, handler } = keeping()
    const site = await start(handler)
    const first = await site.connect()
    first.send(postOf('a', 3))
    first.send(Buffer.alloc(pieceBytes, 'a'))
    await quietly(() => seen.bytes === pieceBytes)
    const second = await site.connect()
    await quietly(() => site.server.connections === 2)
    first.send(Buffer.alloc(pieceBytes, 'a'))
    await quietly(() => seen.bytes === 2 * pieceBytes)
    second.send(postOf('b', 1))
    second.send(Buffer.alloc(pieceBytes, 'b'))
    assert.is((await readResponse(second)).content, '/b 0')
    first.send(Buffer.alloc(pieceBytes, 'a'))
    assert.is((await readResponse(first)).content, '/a 0')
  }),
)
reads(
  'nor when many upload at once, on connections that come and go',
  serving(async (start) => {
    const { handler } = keeping()
    const site = await start(handler)
    const upload = async (letter: string): Promise<string> => {
      const client = await site.connect()
      client.send(postOf(letter, 50))
      client.send(Buffer.alloc(50 * pieceBytes, letter))
      const { content } = await readResponse(client)
      client.destroy()
      return content
    }
    const uploads = async (letter: string) => {
      for (let i = 0; i < 4; i++) assert.is(await upload(letter), `/${letter} 0`)
    }
    await Promise.all([...'abcdefgh'].map(uploads))
  }),
)
reads(
  'part of a head, and content in small reads, wait while others send',
  serving(async (start) => {
    const site = await start(async ({ headers, body }) =>
      text(`${headers.get('x-a')} ${await readText(body)}`),
    )
    const client = await site.connect()
    const sent = request('POST', '/', 'x-a: 0123456789', 'content-length: 10')
    for (const byte of `${sent}abcdefghij`) {
      client.send(byte)
      await site.round()
    }
    assert.is((await readResponse(client)).content, '0123456789 abcdefghij')
  }),
)

reads.run()

const writes = suite('server: memory in which small parts are joined')

writes(
  'a client that does not read gets its own answers in the end, whatever others are answered',
  serving(async (start) => {
    let asked = 0
    // Answers one by one, each joined of its head and content, and just small enough for that.
    const site = await start(async ({ target }) => {
      asked++
      await turn()
      return text(target.slice(1, 7).repeat(2500))
    })
    const stalled = await site.connect()
    stalled.pause()
    const targets = Array.from({ length: 1000 }, (_, at) => `/a${String(at).padStart(5, '0')}`)
    stalled.send(targets.map((target) => get(target)).join(''))
    await site.standstill(() => asked)
    assert.ok(asked < targets.length, 'the stalled one was answered whole: the kernel holds more')
    for (let i = 0; i < 20; i++)
      assert.is((await site.ask(get(`/b${String(i).padStart(5, '0')}`))).status, 200)
    stalled.resume()
    for (const target of targets) {
      const { content } = await readResponse(stalled)
      assert.is(content, target.slice(1).repeat(2500))
    }
  }),
)

// A socket of Node's has no use for the bytes of a write that is over; another stream may have.
writes(
  'a line that is handed to a given server may keep what is written to it',
  serving(async (start) => {
    const listener = createServer()
    const site = await start(({ target }) => text(target), { server: listener })
    const [near, far] = duplexPair(65_536)
    listener.emit('connection', far)
    // Nobody reads yet: the answers wait at the near end, in the memory in which they were written.
    near.write(get('/1'))
    await turn(3)
    near.write(get('/2', 'connection: close'))
    await turn(3)
    assert.is((await site.ask(get('/others'))).content, '/others')
    const parts: Buffer[] = []
    near.on('data', (bytes: Buffer) => parts.push(bytes))
    await within(20_000, new Promise((resolve) => near.once('end', resolve)))
    near.destroy()
    const answers = Buffer.concat(parts).toString('latin1')
    assert.match(answers, /\r\n\r\n\/1HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\/2$/)
    far.destroy()
  }),
)

writes.run()
