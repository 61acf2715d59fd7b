// @slow 5
// The example of a WebSocket: clients of `ws`, raw ones that break the rules, and browsers.
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WebSocket } from 'ws'
import { codeOf } from '../support/code-of.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { RawClient } from '../support/server/raw-client.ts'
import type { Site } from '../support/server/serving.ts'

const example: typeof import('../../examples/web-socket/app.ts') = await import(
  await compiledExample('web-socket')
)

const bound = 15_000

/** So many that no test comes to them by chance. */
const limits = { maxWaitingBytes: 65_536, maxMessages: 100_000, pingMs: 60_000 }

/** A client that keeps what it was told. */
class Talker {
  readonly socket: WebSocket
  readonly closed: Promise<string>
  readonly #lines: string[] = []
  #wake = (): void => {}

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/web-socket`, { headers })
    this.socket.on('error', () => {})
    this.socket.on('message', (line) => {
      this.#lines.push(String(line))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve(`${code} ${reason}`))
    })
  }

  /** The next line. */
  async line(): Promise<string> {
    while (this.#lines.length === 0)
      await within(
        bound,
        new Promise<void>((resolve) => {
          this.#wake = resolve
        }),
      )
    return this.#lines.shift() ?? ''
  }

  /** Drops lines up to one that matches. */
  async lineTo(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = await this.line()
      if (pattern.test(line)) return line
    }
  }
}

const entered = async (site: Site, headers?: Readonly<Record<string, string>>): Promise<Talker> => {
  const talker = new Talker(site.server.url, headers)
  await talker.lineTo(/ came: /)
  return talker
}

/** RFC 6455 1.2 and 4.1. */
const upgrade = (...lines: readonly string[]): string =>
  get(
    '/web-socket',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
  )

/** A client that answers no ping. */
const rawSocket = async (site: Site): Promise<RawClient> => {
  const client = await site.connect()
  client.send(upgrade())
  assert.is((await readHead(client)).status, 101)
  await client.takeTo(' here')
  return client
}

/** A masked text frame of fewer than 126 bytes, RFC 6455 5.2; the mask is all zeros. */
const frame = (words: string): Buffer =>
  Buffer.concat([Buffer.from([0x81, 0x80 | words.length, 0, 0, 0, 0]), Buffer.from(words)])

/** What buffers hold, once garbage is gone. */
const heldBytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().arrayBuffers
}

const room = suite('examples: web-socket')

room(
  'what anybody says reaches all, in order, and that they come and leave',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const ann = await entered(site)
    const bob = await entered(site)
    assert.is(await ann.line(), '#2 came: 2 here')
    for (const words of ['one', 'é'.repeat(100), '']) {
      ann.socket.send(words)
      bob.socket.send(words)
    }
    const said = [await ann.line(), await ann.line(), await ann.line()]
    for (let i = 0; i < 3; i++) said.push(await ann.line())
    const seenByBob: string[] = []
    while (seenByBob.length < said.length) seenByBob.push(await bob.line())
    assert.equal(seenByBob, said)
    for (const name of ['#1', '#2'])
      assert.equal(
        said.filter((line) => line.startsWith(name)),
        ['one', 'é'.repeat(100), ''].map((words) => `${name}: ${words}`),
      )
    bob.socket.close(1000)
    assert.is(await ann.line(), '#2 left: 1 here')
    ann.socket.close()
    assert.is(await within(bound, ann.closed), '1005 ')
  }),
)

room(
  'a client that does not read is closed with 1013, holds nobody up, and is told when it reads on',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const slow = await entered(site)
    const ann = await entered(site)
    slow.socket.pause()
    const words = 'x'.repeat(4000)
    const before = heldBytes()
    // More than kernels take for a connection.
    for (let n = 0; n < 12_000; n += 10) {
      for (let i = 0; i < 10; i++) ann.socket.send(`${n + i} ${words}`)
      for (let i = 0; i < 10; i++) assert.is(await ann.line(), `#2: ${n + i} ${words}`)
    }
    await site.until(
      () => heldBytes() - before < 2_000_000,
      'what was for the slow one to be freed',
    )
    slow.socket.resume()
    assert.is(await within(bound, slow.closed), '1013 too slow')
    await ann.lineTo(/^#1 left: 1 here$/)
    ann.socket.terminate()
  }),
)

room(
  'a client that answers no ping is cut at the next, and one that answers stays',
  serving(async (start) => {
    const site = await start(example.webSocket({ ...limits, pingMs: 40 }))
    const ann = await entered(site)
    let pings = 0
    ann.socket.on('ping', () => pings++)
    const silent = await rawSocket(site)
    await silent.ending
    assert.is(await ann.lineTo(/left/), '#2 left: 1 here')
    const seen = pings
    while (pings < seen + 3) await site.round()
    assert.is(ann.socket.readyState, WebSocket.OPEN)
    ann.socket.terminate()
  }),
)

room(
  'as many messages as may be between two pings are said, one more closes with 1008',
  serving(async (start) => {
    const site = await start(example.webSocket({ ...limits, maxMessages: 5 }))
    const [ann, bob] = [await entered(site), await entered(site)]
    await ann.line()
    for (let n = 1; n <= 8; n++) bob.socket.send(`${n}`)
    assert.is(await within(bound, bob.closed), '1008 too many messages')
    for (let n = 1; n <= 5; n++) assert.is(await ann.line(), `#2: ${n}`)
    assert.is(await ann.line(), '#2 left: 1 here')
    ann.socket.terminate()
  }),
)

room(
  'a burst of as many pings as may be is answered, one more closes with 1008',
  serving(async (start) => {
    const site = await start(example.webSocket({ ...limits, maxMessages: 100 }))
    for (const sent of [100, 101]) {
      const { socket, closed } = await entered(site)
      let pongs = 0
      socket.on('pong', () => pongs++)
      for (let n = 0; n < sent; n++) socket.ping('x')
      if (sent === 101) assert.is(await within(bound, closed), '1008 too many pings')
      await site.until(() => pongs === 100, 'the pongs')
      socket.terminate()
    }
  }),
)

room(
  'messages are counted anew from ping to ping',
  serving(async (start) => {
    const site = await start(example.webSocket({ ...limits, maxMessages: 1, pingMs: 200 }))
    const ann = await entered(site)
    for (let n = 0; n < 3; n++) {
      ann.socket.send(`${n}`)
      assert.is(await ann.line(), `#1: ${n}`)
      await within(bound, new Promise((resolve) => ann.socket.once('ping', resolve)))
    }
    ann.socket.terminate()
  }),
)

room(
  'a message of 4,096 bytes is said, one of 4,097 closes with 1009',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const ann = await entered(site)
    ann.socket.send('x'.repeat(4096))
    assert.is((await ann.line()).length, '#1: '.length + 4096)
    ann.socket.send('x'.repeat(4097))
    assert.match(await within(bound, ann.closed), /^1009 /)
    assert.equal(site.told, [])
  }),
)

room(
  'a message that breaks the protocol closes the connection',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const client = await rawSocket(site)
    // Not masked. RFC 6455 5.1.
    client.send(Buffer.from([0x81, 0x02, 0x68, 0x69]))
    // A close frame of 1002.
    assert.match((await client.takeRest()).toString('latin1'), '\x88\x02\x03\xea')
    assert.equal(site.told, [])
  }),
)

for (const { name, lines, status } of [
  { name: 'a page of this site', lines: ['origin: http://a'], status: 101 },
  { name: 'a program, which has no page', lines: [], status: 101 },
  { name: 'a page of another site', lines: ['origin: http://b'], status: 403 },
  { name: 'a page of another port', lines: ['origin: http://a:81'], status: 403 },
  { name: 'a page whose site begins as ours', lines: ['origin: http://a.b'], status: 403 },
  { name: 'a page in a sandbox', lines: ['origin: null'], status: 403 },
  { name: 'an origin that is no URL', lines: ['origin: a'], status: 403 },
])
  room(
    `${name} is ${status === 101 ? 'let in' : 'refused'}`,
    serving(async (start) => {
      const site = await start(example.webSocket(limits))
      const client = await site.connect()
      client.send(upgrade(...lines))
      const answer = status === 101 ? await readHead(client) : await readResponse(client)
      assert.is(answer.status, status)
      client.destroy()
    }),
  )

room(
  'it is mounted in a bigger handler, and answers a GET with its page',
  serving(async (start) => {
    const site = await start((asked) =>
      asked.target.startsWith(example.about.path) ? example.app(asked) : text('elsewhere'),
    )
    const client = await site.connect()
    for (const target of ['/web-socket', '/', '/web-socket?a=b', '/web-socket/']) {
      client.send(get(target))
      const answer = await readResponse(client)
      assert.is(answer.status, 200)
      assert.is(/new WebSocket/.test(answer.content), target !== '/')
    }
    client.send(get('/web-socket', 'connection: upgrade', 'upgrade: h2c'))
    assert.is((await readResponse(client)).status, 200)
    const ann = await entered(site)
    ann.socket.send('hello')
    assert.is(await ann.line(), '#1: hello')
    ann.socket.terminate()
  }),
)

const asOldHttp = (asked: string) => asked.replace('HTTP/1.1', 'HTTP/1.0')

for (const { name, asked, status } of [
  { name: 'an Upgrade of HTTP/1.0', asked: asOldHttp(upgrade()), status: 200 },
  {
    name: 'an Upgrade that Connection does not name',
    asked: upgrade().replace('connection: upgrade', 'connection: keep-alive'),
    status: 200,
  },
  { name: 'one with content to come', asked: upgrade('content-length: 5'), status: 400 },
  { name: 'one with chunks to come', asked: upgrade('transfer-encoding: chunked'), status: 400 },
  { name: 'a path below', asked: get('/web-socket/x'), status: 404 },
])
  room(
    `${name} is answered ${status === 200 ? 'with the page' : status}, and is no error of ours`,
    serving(async (start) => {
      const site = await start(example.webSocket(limits))
      const answer = await site.ask(asked)
      assert.is(answer.status, status)
      assert.is(/new WebSocket/.test(answer.content), status === 200)
      assert.not(site.told.map(codeOf).includes('RESPONSE_INVALID'))
    }),
  )

room(
  'a WebSocket that is asked for wrongly is refused by ws, and its connection ends',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    for (const [asked, status] of [
      [get('/web-socket', 'connection: upgrade', 'upgrade: WebSocket'), 400],
      [upgrade().replace('version: 13', 'version: 12'), 400],
      [request('POST', '/web-socket', 'connection: upgrade', 'upgrade: websocket'), 405],
    ] as const) {
      const client = await site.connect()
      client.send(asked)
      assert.match((await client.takeRest()).toString(), new RegExp(`^HTTP/1\\.1 ${status} `))
    }
    assert.equal(site.told, [])
  }),
)

room(
  'when the server closes, each is told with 1001, and the server waits for them',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const talkers = [await entered(site), await entered(site)]
    await site.server.close({ graceMs: 60_000 })
    for (const { closed } of talkers)
      assert.is(await within(bound, closed), '1001 the server is closing')
  }),
)

room(
  'clients that leave in any way, in the middle of a message too, leave nothing behind',
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const ann = await entered(site)
    const hello = frame('hello')
    for (let n = 0; n < 30; n++) {
      const client = await rawSocket(site)
      client.send(hello.subarray(0, n % (hello.length + 1)))
      if (n % 3 === 0) client.reset()
      else if (n % 3 === 1) client.destroy()
      else client.halfClose()
      await ann.lineTo(/ left: 1 here$/)
    }
    ann.socket.terminate()
    await site.until(() => site.server.connections === 0, 'all to leave')
    assert.equal(site.told, [])
  }),
)

room(
  'thirty at once are no reason for a warning',
  serving(async (start) => {
    const warnings: string[] = []
    const note = ({ message }: Error) => warnings.push(message)
    process.on('warning', note)
    const site = await start(example.webSocket(limits))
    const talkers: Talker[] = []
    for (let n = 0; n < 30; n++) talkers.push(await entered(site))
    for (const { socket } of talkers) socket.terminate()
    await site.until(() => site.server.connections === 0, 'all to leave')
    process.off('warning', note)
    assert.equal(warnings, [])
  }),
)

const curl = hasProgram('curl')
const withCurl = curl ? room : room.skip

withCurl(
  `its command lines show the page, and what is said${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const site = await start(example.webSocket(limits))
    const [page = '', listen = ''] = example.about.curl(`${site.server.url}/web-socket`)
    const shown = startProgram('sh', ['-c', page.replace('curl ', 'curl -sS ')])
    await shown.printed(/<\/main>\n$/)
    await shown.exited()
    const program = startProgram('sh', ['-c', listen.replace('curl ', 'curl -sS ')])
    await program.printed(/#1 came: 1 here$/)
    const ann = await entered(site)
    ann.socket.send('hello')
    await program.printed(/#2: hello$/)
    program.signal('SIGTERM')
    await program.exited()
    assert.is(await ann.lineTo(/left/), '#1 left: 1 here')
    ann.socket.terminate()
  }),
)

const withChromium = chromium === undefined ? room.skip : room

withChromium(`two pages talk, and one that was closed comes back${unlessChromium}`, () =>
  browsing(async (open) => {
    const run = serving(async (start) => {
      const site = await start(example.webSocket({ ...limits, maxMessages: 2 }))
      const url = `${site.server.url}/web-socket`
      const [ann, bob] = [await open(url), await open(url)]
      await seen(ann, '[role=log] p', /^#2 came: 2 here$/)
      await bob.fill('[name=words]', 'hello, <b>Ann</b>')
      await bob.click('text=Say')
      await seen(ann, '[role=log] p', /^#2: hello, <b>Ann<\/b>$/)
      assert.is(await bob.inputValue('[name=words]'), '')
      assert.equal(await faultsOf(bob), [])
      for (const words of ['two', 'three']) {
        await bob.fill('[name=words]', words)
        await bob.click('text=Say')
      }
      await seen(bob, '#state', /^Closed: 1008 too many messages\./)
      await seen(bob, '#state', /^Connected\.$/)
      await seen(ann, '[role=log] p', /^#3 came: 2 here$/)
      await ann.close()
      await bob.close()
    })
    await run()
  }),
)

room.after(closeBrowser)
room.run()
