// @slow 9
// @waits
// The example of telnet: sessions with a line server that the test speaks for, and with the one that comes with it.
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { RawClient } from '../support/server/raw-client.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { AddressInfo } from 'node:net'
import type { Site, Start } from '../support/server/serving.ts'

const { about, app, connectTo, telnetPage }: typeof import('../../examples/telnet-page/app.ts') =
  await import(await compiledExample('telnet-page'))

/** A line server that says what the test says. */
interface LineServer {
  readonly port: number
  /** The next connection that comes, or has come. */
  accept(): Promise<RawClient>
}

const isAddress = (address: unknown): address is AddressInfo =>
  typeof address === 'object' && address !== null

/** Makes a test with a line server, and pages of sessions with it. */
const speaking = (
  run: (site: Site, lines: LineServer, start: Start) => Promise<void>,
  options: { readonly maxSessions?: number } = {},
) =>
  serving(async (start) => {
    const come: RawClient[] = []
    let wake = deferred()
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      come.push(new RawClient(socket))
      wake.resolve()
      wake = deferred()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = isAddress(address) ? address.port : 0
    const all: RawClient[] = []
    const accept = async () => {
      if (come.length === 0) await wake.promise
      const next = come.shift()
      if (next === undefined) throw new Error('Cannot accept: nobody came')
      all.push(next)
      return next
    }
    try {
      const site = await start(telnetPage(connectTo('127.0.0.1', port), options))
      await run(site, { port, accept }, start)
    } finally {
      for (const one of [...all, ...come]) one.destroy()
      server.close()
    }
  })

/** Opens a page, and gives both ends of its session. */
const openPage = async (site: Site, lines: LineServer, ...fields: readonly string[]) => {
  const client = await site.connect()
  client.send(get('/telnet-page', ...fields))
  const head = await readHead(client)
  const begun = (await readChunk(client)) ?? ''
  const [, path = ''] = /(\/telnet-page\/[-0-9a-f]{36})/.exec(begun) ?? []
  const rest = async () => (await readContent(client, head)).content
  return { client, path, begun, rest, far: await lines.accept() }
}

const said = (path: string, line: string) => post(path, new URLSearchParams({ line }).toString())

const session = suite('examples: telnet-page')

session(
  'what the server says is shown line by line, and what is posted is said to it',
  speaking(async (site, lines) => {
    const { client, path, far, rest } = await openPage(site, lines)
    for (const word of ['one', 'two']) {
      far.send(`${word}\r\n`)
      assert.is(await readChunk(client), `${word}\n`)
      assert.is((await site.ask(said(path, `<${word}> & ü`))).content, 'Said.\n')
      assert.is(await far.takeTo('\r\n'), Buffer.from(`<${word}> & ü\r\n`).toString('latin1'))
    }
    far.send('three\r\n')
    far.halfClose()
    assert.is(await rest(), 'three\nThe session is over.\n')
    assert.is((await site.ask(said(path, 'more'))).status, 404)
  }),
)

session(
  'sessions do not hear each other',
  speaking(async (site, lines) => {
    const [one, two] = [await openPage(site, lines), await openPage(site, lines)]
    await site.ask(said(two.path, 'to two'))
    await site.ask(said(one.path, 'to one'))
    assert.is(await one.far.takeTo('\r\n'), 'to one\r\n')
    assert.is(await two.far.takeTo('\r\n'), 'to two\r\n')
  }),
)

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  session(
    `when the client leaves by ${how}, the session ends`,
    speaking(async (site, lines) => {
      const { client, path, far } = await openPage(site, lines)
      client[how]()
      await far.ending
      assert.is((await site.ask(said(path, 'more'))).status, 404)
      assert.equal(site.told.map(codeOf), ['NOT_FOUND'])
    }),
  )

session(
  'the page of a client that has closed its half is cut',
  speaking(async (site, lines) => {
    const { client, far } = await openPage(site, lines)
    client.halfClose()
    await far.ending
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told, [])
  }),
)

session(
  'when the server breaks off, the page says so and ends',
  speaking(async (site, lines) => {
    const { client, far, rest } = await openPage(site, lines)
    far.send('one\r\n')
    assert.is(await readChunk(client), 'one\n')
    far.reset()
    assert.is(await rest(), 'The session broke off: ECONNRESET.\n')
  }),
)

session(
  'when our server closes, the session and its page end in order',
  speaking(async (site, lines) => {
    const { client, far, rest } = await openPage(site, lines)
    const closed = site.server.close({ graceMs: 60_000 })
    await far.ending
    far.send('Goodbye.\r\n')
    far.halfClose()
    assert.is(await rest(), 'Goodbye.\nThe session is over.\n')
    client.destroy()
    await closed
  }),
)

session(
  'a line of 4,096 bytes is shown, one more breaks off the session',
  speaking(async (site, lines) => {
    const { client, far, rest } = await openPage(site, lines)
    far.send(`${'x'.repeat(4096)}\n`)
    assert.is((await readChunk(client))?.length, 4097)
    far.send(`${'x'.repeat(4097)}\n`)
    assert.is(await rest(), 'The session broke off: LINE_TOO_LONG.\n')
    await far.ending
  }),
)

session(
  'a post of 2,048 bytes is said, one more is refused, and neither adds lines',
  speaking(async (site, lines) => {
    const { path, far } = await openPage(site, lines)
    assert.is((await site.ask(post(path, `line=${'x'.repeat(2044)}`))).status, 413)
    await site.ask(post(path, `line=${'x'.repeat(2039)}%0A`.slice(0, 2048)))
    assert.is((await far.takeTo('\r\n')).length, 2042)
    await site.ask(said(path, 'a\r\nb\0c'))
    assert.is(await far.takeTo('\r\n'), 'a  b c\r\n')
  }),
)

session(
  'control characters are not shown, and a page is escaped',
  speaking(async (site, lines) => {
    const { client, begun, far } = await openPage(site, lines, 'accept: text/html')
    assert.match(begun, /^<!doctype html>\n<html lang="en">/)
    far.send('<b>\x1b[2J & \u0007\r\n')
    assert.is(await readChunk(client), '&lt;b&gt; [2J &amp;  \n')
  }),
)

session(
  'a client that does not read stops the server that speaks',
  speaking(async (site, lines) => {
    const { client, far } = await openPage(site, lines)
    client.pause()
    const line = Buffer.from(`${'x'.repeat(1000)}\n`)
    const total = 20_000
    let sent = 0
    const speak = async () => {
      while (sent < total && (await far.sendAll(line))) sent++
    }
    const spoken = speak()
    const stalled = await site.standstill(() => sent)
    assert.ok(stalled < total, `${stalled} lines were taken for a client that does not read`)
    client.resume()
    await spoken
    assert.is(sent, total)
  }),
)

session.run()

const bothWays = suite('examples: telnet-page, both ways at once')

const chunk = (content: string) => `${content.length.toString(16)}\r\n${content}\r\n`

const openBothWays = async (site: Site, lines: LineServer) => {
  const client = await site.connect()
  client.send(request('PUT', '/telnet-page', 'transfer-encoding: chunked'))
  const head = await readHead(client)
  await readChunk(client)
  const rest = async () => (await readContent(client, head)).content
  return { client, rest, far: await lines.accept() }
}

bothWays(
  'each line of the request is said before the next is sent, and its end is told',
  speaking(async (site, lines) => {
    const { client, rest, far } = await openBothWays(site, lines)
    for (const word of ['one', 'two']) {
      client.send(chunk(`${word}\n`))
      assert.is(await far.takeTo('\r\n'), `${word}\r\n`)
      far.send(`${word}?\r\n`)
      assert.is(await readChunk(client), `${word}?\n`)
    }
    client.send('0\r\n\r\n')
    assert.is(await far.ending, 'end')
    far.send('Goodbye.\r\n')
    far.halfClose()
    assert.is(await rest(), 'Goodbye.\nThe session is over.\n')
  }),
)

bothWays(
  'content that comes with the head is said, and what the server wants after its end breaks off nothing',
  speaking(async (site, lines) => {
    const client = await site.connect()
    client.send(`${request('PUT', '/telnet-page', 'content-length: 5')}quit\n`)
    const head = await readHead(client)
    const far = await lines.accept()
    assert.is(await far.takeTo('\r\n'), 'quit\r\n')
    assert.is(await far.ending, 'end')
    // IAC WILL ECHO, IAC DO SUPPRESS-GO-AHEAD.
    far.send(Buffer.from([255, 251, 1, 255, 253, 3]))
    far.send('Goodbye.\r\n')
    far.halfClose()
    const { content } = await readContent(client, head)
    assert.match(content, /\nGoodbye\.\nThe session is over\.\n$/)
  }),
)

bothWays(
  'a line that is posted after the end of what the request says is a 404',
  speaking(async (site, lines) => {
    const client = await site.connect()
    client.send(request('PUT', '/telnet-page', 'transfer-encoding: chunked'))
    await readHead(client)
    const [path = ''] = /\/telnet-page\/\S+/.exec((await readChunk(client)) ?? '') ?? []
    client.send('0\r\n\r\n')
    assert.is(await (await lines.accept()).ending, 'end')
    assert.is((await site.ask(said(path, 'more'))).status, 404)
  }),
)

bothWays(
  'a line of 1,024 bytes is said, one more breaks off the session',
  speaking(async (site, lines) => {
    const { client, rest, far } = await openBothWays(site, lines)
    client.send(chunk(`${'x'.repeat(1024)}\n`))
    assert.is((await far.takeTo('\r\n')).length, 1026)
    client.send(chunk(`${'x'.repeat(1025)}\n`))
    assert.is(await rest(), 'The session broke off: LINE_TOO_LONG.\n')
    await far.ending
  }),
)

bothWays.run()

const opening = suite('examples: telnet-page, opening')

opening(
  'of three sessions two are opened, and the third when one has ended',
  speaking(
    async (site, lines) => {
      const one = await openPage(site, lines)
      await openPage(site, lines)
      const refused = await site.ask(get('/telnet-page'))
      assert.is(refused.status, 503)
      assert.match(refused.content, /2 are open/)
      assert.is(refused.fields.get('retry-after'), '10')
      one.client.reset()
      await one.far.ending
      await openPage(site, lines)
      assert.equal(site.told.map(codeOf), ['UNAVAILABLE'])
    },
    { maxSessions: 2 },
  ),
)

opening(
  'a server that cannot be reached is a 502, and takes no place',
  serving(async (start) => {
    const gone = createServer().listen(0, '127.0.0.1')
    const address = gone.address()
    const port = isAddress(address) ? address.port : 0
    await new Promise((resolve) => gone.close(resolve))
    const site = await start(telnetPage(connectTo('127.0.0.1', port), { maxSessions: 1 }))
    for (let times = 0; times < 3; times++)
      assert.is((await site.ask(get('/telnet-page'))).status, 502)
    assert.equal(site.told.map(codeOf), ['BAD_GATEWAY', 'BAD_GATEWAY', 'BAD_GATEWAY'])
  }),
)

opening(
  'a client that asks for the head alone leaves no session',
  speaking(
    async (site, lines) => {
      for (let times = 0; times < 3; times++) {
        assert.is((await site.ask(request('HEAD', '/telnet-page'))).status, 200)
        await (await lines.accept()).ending
        await turn(5)
      }
    },
    { maxSessions: 1 },
  ),
)

opening(
  'a line that is posted by another ID is a 404',
  speaking(async (site) => {
    for (const path of ['/telnet-page', '/telnet-page/', '/telnet-page/__proto__'])
      assert.is((await site.ask(said(path, 'a'))).status, 404)
  }),
)

opening(
  'a query is no part of the ID, and another path or method opens nothing',
  speaking(async (site, lines) => {
    const { path, far } = await openPage(site, lines)
    assert.is((await site.ask(said(`${path}?x=1`, 'a'))).status, 200)
    assert.is(await far.takeTo('\r\n'), 'a\r\n')
    const below = path.replace('/telnet-page', '/telnet-page/foo')
    assert.is((await site.ask(said(below, 'a'))).status, 404)
    assert.is((await site.ask(get('/telnet-page/zzz'))).status, 404)
    assert.is((await site.ask(request('DELETE', '/telnet-page'))).status, 405)
  }),
)

opening.run()

const commands = suite('examples: telnet-page, telnet commands')

for (const { name, bytes, shown, answered } of [
  { name: 'an offer is refused', bytes: [255, 251, 1], shown: '', answered: [255, 254, 1] },
  { name: 'a wish is refused', bytes: [255, 253, 3], shown: '', answered: [255, 252, 3] },
  { name: 'a refusal is not answered', bytes: [255, 252, 1, 255, 254, 1], shown: '', answered: [] },
  {
    name: 'a command alone is taken out',
    bytes: [255, 241, 0x61, 255, 249],
    shown: 'a',
    answered: [],
  },
  {
    name: 'parameters are taken out',
    bytes: [255, 250, 24, 1, 0x62, 255, 240, 0x61],
    shown: 'a',
    answered: [],
  },
  {
    name: 'so are commands in parameters',
    bytes: [255, 250, 255, 255, 240, 255, 240, 0x61],
    shown: 'a',
    answered: [],
  },
  {
    name: 'a doubled byte stands for itself',
    bytes: [0x61, 255, 255, 0x62],
    shown: 'a\ufffdb',
    answered: [],
  },
])
  commands(
    `${name}, wherever it is cut`,
    speaking(async (site, lines) => {
      const { client, far } = await openPage(site, lines)
      const line = Buffer.from([...bytes, 10])
      far.send(line)
      assert.is(Buffer.from((await readChunk(client)) ?? '', 'latin1').toString(), `${shown}\n`)
      for (const byte of line) {
        await far.sendAll(Uint8Array.of(byte))
        await turn(2)
      }
      assert.is(Buffer.from((await readChunk(client)) ?? '', 'latin1').toString(), `${shown}\n`)
      client.reset()
      assert.equal([...(await far.takeRest())], [...answered, ...answered])
    }),
  )

commands.run()

const own = suite('examples: telnet-page with its own line server')
const curl = hasProgram('curl')
const withCurl = curl ? own : own.skip
const unlessSkipped = curl ? '' : ' (skipped: there is no curl here)'

own(
  'it survives those who leave, in whatever it is saying, and ends with the last',
  serving(async (start) => {
    const site = await start(app)
    for (let times = 0; times < 60; times++) {
      const client = await site.connect()
      client.send(request('PUT', '/telnet-page', 'transfer-encoding: chunked'))
      await client.takeTo('Say something')
      client.send(chunk('level\nlevel\n'))
      if (times % 3 > 0) await client.takeTo('This is a sluice')
      client[times % 2 === 0 ? 'destroy' : 'reset']()
      if (times % 5 === 0) await turn(times % 4)
    }
    assert.equal(site.told, [])
  }),
)

withCurl(
  `its command lines speak with it, in another request and in the same${unlessSkipped}`,
  serving(async (start) => {
    const site = await start(app)
    const [listen = '', say = '', both = ''] = about
      .curl(site.server.url + about.path)
      .map((line) => line.replace('curl ', 'curl -sS '))
    const listens = startProgram('sh', ['-c', listen])
    const [, id = ''] = await listens.printed(/\/telnet-page\/(\S+)\nThis is a sluice/)
    const says = startProgram('sh', ['-c', say.replace('/ID', `/${id}`)])
    await says.printed(/^Said\.\n$/)
    await listens.printed(/level \d\.\d\d m, open\n/)
    listens.signal('SIGTERM')
    const quits = startProgram('sh', ['-c', `(echo level; echo quit) | ${both}`])
    await quits.printed(
      /level \d\.\d\d m, closed\n(?:level.*\n)*Goodbye\.\nThe session is over\.\n$/,
    )
    assert.is(await quits.exited(), 0)
    await listens.exited()
  }),
)

const withChromium = chromium === undefined ? own.skip : own

withChromium(
  `a browser shows what it says, and says what is typed${unlessChromium}`,
  serving(async (start) => {
    const site = await start(app)
    await browsing(async (open) => {
      const page = await open(`${site.server.url}/telnet-page`, { waitUntil: 'commit' })
      await seen(page, '[role=log]', /This is a sluice\./)
      assert.equal(await faultsOf(page), [])
      await page.fill('[name=line]', 'open')
      await page.keyboard.press('Enter')
      await seen(page, '[role=log]', /m, open\n/)
      assert.is(await page.inputValue('[name=line]'), '')
      await page.fill('[name=line]', 'quit')
      await page.click('text=Say')
      await seen(page, 'p', /^The session is over\.$/)
      assert.equal(await faultsOf(page), [])
    })
  }),
)

// Started here, it is not taken for what a test has left.
own.before(() => (chromium === undefined ? undefined : browsing(async () => {})))
own.after(closeBrowser)
own.run()
