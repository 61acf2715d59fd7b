// @slow 8
// Large content through a CGI program: nothing is lost, and memory is bounded.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { cgi } from '@sluice/blocking/cgi'
import { closeBody, readText, toBody } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  becomes,
  flag,
  head,
  isAlive,
  node,
  sh,
  waiting,
} from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { readContent, readHead } from '../support/server/read-response.ts'
import { request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'

const mib = 1_048_576
const size = 64 * mib

/** Bytes that may be held for a body on its way: 256 KiB, pieces, and what sockets and the test itself hold. */
const maxHeld = 12 * mib

const line = '0123456789abcde\n'
const block = Buffer.from(line.repeat(mib / line.length))
const hash = (): string => {
  const made = createHash('sha256')
  for (let sent = 0; sent < size; sent += mib) made.update(block)
  return made.digest('hex')
}

const held = (): number => {
  globalThis.gc?.()
  const { arrayBuffers, external } = process.memoryUsage()
  return arrayBuffers + external
}

/** Prints the hash and the number of the bytes that it reads. */
const digest = `const hash = require('node:crypto').createHash('sha256')
  let bytes = 0
  process.stdin.on('data', (piece) => { bytes += piece.length; hash.update(piece) })
  process.stdin.on('end', () => console.log('Content-Type: text/plain\\n\\n' + bytes + ' ' + hash.digest('hex')))`

const bodies = suite('cgi: bodies')

bodies(
  '64 MiB to a client that stops reading: memory is bounded, and no byte is lost',
  serving(async (start) => {
    const site = await start(cgi(sh(`${head}; yes 0123456789abcde | head -c ${size}`)))
    const client = await site.connect()
    client.send(request('GET', '/', 'connection: close'))
    await client.received(mib)
    client.pause()
    const before = held()
    await site.standstill(() => client.receivedBytes)
    assert.ok(held() - before < maxHeld, `${held() - before} bytes more are held`)
    const seen = createHash('sha256')
    const begun = await readHead(client)
    client.resume()
    const { content } = await readContent(client, begun)
    assert.is(seen.update(content, 'latin1').digest('hex'), hash())
    assert.equal(site.told, [])
  }),
)

bodies(
  '64 MiB to a program that does not read yet: memory is bounded, and no byte is lost',
  serving(async (start) => {
    const next = flag()
    const script = `${waiting} wait_for "$1"; exec "$2" -e "$3"`
    const site = await start(cgi(sh(script, next.path, process.execPath, digest)))
    const client = await site.connect()
    client.send(request('POST', '/', `content-length: ${size}`))
    const before = held()
    const all = deferred()
    let written = 0
    const send = () => {
      for (let room = true; room && written < size; written += mib)
        room = client.socket.write(block)
      if (written === size) all.resolve()
      else client.socket.once('drain', send)
    }
    send()
    await site.standstill(() => client.socket.bytesWritten - client.socket.writableLength)
    assert.ok(written < size)
    assert.ok(held() - before < maxHeld, `${held() - before} bytes more are held`)
    next.raise()
    const { content } = await readContent(client, await readHead(client))
    assert.is(content, `${size} ${hash()}\n`)
    await all.promise
    next.discard()
  }),
)

bodies(
  '16 MiB pass both ways at once',
  serving(async (start) => {
    const site = await start(cgi(sh(`${head}; cat`)))
    const client = await site.connect()
    client.send(request('POST', '/', `content-length: ${16 * mib}`))
    const begun = await readHead(client)
    for (let sent = 0; sent < 16; sent++) client.send(block)
    const { content } = await readContent(client, begun)
    assert.is(content.length, 16 * mib)
    assert.ok(content === line.repeat(content.length / line.length))
  }),
)

/** Temporary files of spools; they have no name while they are open. */
const temporary = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-'))

const spooled = suite('cgi: content without a length')

for (const bytes of [0, 1, 65_536, 65_537, 8 * mib])
  spooled(`${bytes} bytes arrive with their length`, async () => {
    async function* pieces() {
      for (let left = bytes; left > 0; left -= 65_536) yield new Uint8Array(Math.min(left, 65_536))
    }
    const asked = made('/', {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: pieces(),
    })
    const { body } = await cgi(sh(`${head}; echo $CONTENT_LENGTH; cat | wc -c`))(asked)
    assert.equal((await readText(body)).split(/\s+/).filter(Boolean), [`${bytes}`, `${bytes}`])
    assert.equal(temporary(), [])
  })

spooled(
  'one byte over maxBytes is a 413, and no program is started',
  serving(async (start) => {
    const site = await start(cgi('/no/such/program', { maxBytes: 4 }))
    const response = await site.ask(
      `${request('POST', '/', 'transfer-encoding: chunked')}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    )
    assert.is(response.status, 413)
    assert.equal(site.told.map(codeOf), ['BODY_TOO_LARGE'])
    const good = await start(cgi(sh(`${head}; cat`), { maxBytes: 4 }))
    const chunks = `${request('POST', '/', 'transfer-encoding: chunked')}3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`
    assert.is((await good.ask(chunks)).content, 'abcd')
  }),
)

spooled('a program that cannot be started leaves no file', async () => {
  const asked = made('/', { method: 'POST', body: lengthless('x'.repeat(100)) })
  await rejects(() => cgi('/no/such/program', { maxMemoryBytes: 1 })(asked), 'CGI_FAILED')
  assert.equal(temporary(), [])
})

const lengthless = async function* (text: string) {
  yield text
}

spooled.run()

bodies('content that fails stops the program: it must not take the part for all', async () => {
  const failing = deferred()
  async function* broken() {
    yield 'half'
    await failing.promise
    throw new Error('the disk is full')
  }
  const body = {
    [Symbol.asyncIterator]: () => toBody(broken())[Symbol.asyncIterator](),
    byteLength: 9,
  }
  const program = cgi(sh(`${head}; echo $$; while read -r line; do echo; done; sleep 100`))
  const response = await program({ ...made('/', { method: 'POST' }), body })
  const pid = { number: 0 }
  const error = await rejects(async () => {
    for await (const frame of response.body) {
      // A flush may come before it.
      if (frame.kind !== 'data') continue
      pid.number = Number(Buffer.from(frame.bytes).toString())
      failing.resolve()
    }
  }, Error)
  assert.is(error.message, 'the disk is full')
  assert.ok(pid.number > 0)
  await becomes(() => !isAlive(pid.number), 'the end of the program')
})

for (const [name, byteLength] of [
  ['fewer', 9],
  ['more', 3],
] as const)
  bodies(`content of ${name} bytes than its length is a LENGTH_MISMATCH`, async () => {
    const given = toBody(lengthless('hello'))
    const body = { [Symbol.asyncIterator]: () => given[Symbol.asyncIterator](), byteLength }
    const asked = { ...made('/', { method: 'POST' }), body }
    await rejects(() => cgi(sh('sleep 100'))(asked), 'LENGTH_MISMATCH')
  })

bodies('a body that is never read ends its program when it is closed', async () => {
  const { body } = await cgi(
    node(`console.log('Status: 200\\nX-Pid: ' + process.pid + '\\n'); setInterval(() => {}, 1000)`),
  )(made())
  await closeBody(body)
})

bodies.run()
