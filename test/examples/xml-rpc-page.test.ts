// @slow 8
// @waits
// The example of XML-RPC: a page of calls that the test settles, and calls to servers that are real.
import { readText } from '@sluice/body'
import { until } from '@sluice/pause'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Value } from '../../examples/xml-rpc-page/xml-rpc.ts'
import type { Deferred } from '../support/within.ts'

const {
  about,
  app,
  xmlRpc,
  xmlRpcPage,
  Fault,
}: typeof import('../../examples/xml-rpc-page/app.ts') = await import(
  await compiledExample('xml-rpc-page')
)

/** Calls that the test settles. */
const calls = () => {
  const made = new Map<string, { answer: Deferred<Value>; signal: AbortSignal }>()
  const call = (method: string, _: readonly Value[], signal: AbortSignal) => {
    const answer = deferred<Value>()
    made.set(method, { answer, signal })
    return answer.promise
  }
  const settle = (method: string) => {
    const found = made.get(method)
    if (found === undefined) throw new Error(`Cannot find a call of ${method}`)
    return found.answer
  }
  return { made, call, settle }
}

const page = suite('examples: xml-rpc-page')

page(
  'the shell arrives before any answer, and each answer when it is there, in whatever order',
  serving(async (start) => {
    const { made, call, settle } = calls()
    const client = await (await start(xmlRpcPage(call, { timeoutMs: 60_000 }))).connect()
    client.send(get('/xml-rpc-page'))
    const head = await readHead(client)
    assert.is(head.fields.get('x-accel-buffering'), 'no')
    const shell = (await readChunk(client)) ?? ''
    assert.match(shell, /^<!doctype html>\n<html lang="en">/)
    assert.equal(shell.match(/id="waiting-\d"/g)?.length, 4)
    assert.is(made.size, 4)
    for (const method of ['river.level', 'ferry.position', 'lock.times', 'bridge.openings']) {
      settle(method).resolve(`<${method}>`)
      assert.match((await readChunk(client)) ?? '', `"&lt;${method}&gt;"</p>\n`)
    }
    assert.is((await readContent(client, head)).content, '</main></html>\n')
    assert.ok([...made.values()].every(({ signal }) => signal.aborted))
  }),
)

page(
  'a fault is told, an error that nobody knows is not, and both leave the other rows alone',
  serving(async (start) => {
    const { call, settle } = calls()
    const site = await start(xmlRpcPage(call, { timeoutMs: 60_000 }))
    const client = await site.connect()
    client.send(get('/xml-rpc-page'))
    const head = await readHead(client)
    await readChunk(client)
    settle('lock.times').reject(new Fault(7, 'too <many> locks'))
    assert.match((await readChunk(client)) ?? '', 'fault 7: too &lt;many&gt; locks')
    settle('river.level').reject(new Error('the password of the river'))
    assert.match((await readChunk(client)) ?? '', 'the other server cannot be reached')
    settle('ferry.position').resolve(1)
    settle('bridge.openings').resolve(2)
    assert.match((await readContent(client, head)).content, '</main></html>\n')
    assert.equal(site.told, [])
  }),
)

page(
  'what does not answer in time is told in its row, and its call is ended',
  serving(async (start) => {
    const { made, call } = calls()
    const site = await start(xmlRpcPage(call, { timeoutMs: 1 }))
    const { content } = await site.ask(get('/xml-rpc-page'))
    assert.is(content.match(/no answer in time/g)?.length, 4)
    assert.ok([...made.values()].every(({ signal }) => signal.aborted))
  }),
)

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  page(
    `when its client leaves by ${how}, each call is ended`,
    serving(async (start) => {
      const { made, call } = calls()
      const site = await start(xmlRpcPage(call, { timeoutMs: 60_000 }))
      const client = await site.connect()
      client.send(get('/xml-rpc-page'))
      await client.takeTo('<h1>')
      client[how]()
      await site.until(() => [...made.values()].every(({ signal }) => signal.aborted), 'the end')
      assert.is(made.size, 4)
      assert.equal(site.told, [])
    }),
  )

page(
  'calls are not made for a client that asks for the head alone',
  serving(async (start) => {
    const { made, call } = calls()
    const site = await start(xmlRpcPage(call))
    await site.ask('HEAD / HTTP/1.1\r\nhost: a\r\n\r\n')
    await site.round()
    assert.is(made.size, 0)
  }),
)

page.run()

const caller = suite('examples: xml-rpc-page, a call')

/** A response with one value. */
const respond = (value: string) =>
  text(
    `<?xml version="1.0"?><methodResponse><params><param>${value}</param></params></methodResponse>`,
  )

const alive = new AbortController().signal

caller(
  'it posts the call, and reads the answer',
  serving(async (start) => {
    const asked: string[] = []
    const site = await start(async ({ method, headers, body }) => {
      asked.push(method, headers.get('content-type') ?? '', await readText(body))
      return respond('<value>a &amp; b</value>')
    })
    assert.is(await xmlRpc(site.server.url)('add<', ['&', 1, 1.5, true], alive), 'a & b')
    assert.equal(asked, [
      'POST',
      'text/xml; charset=utf-8',
      '<?xml version="1.0"?>\n<methodCall><methodName>add&lt;</methodName><params>' +
        '<param><value><string>&amp;</string></value></param><param><value><int>1</int></value></param>' +
        '<param><value><double>1.5</double></value></param><param><value><boolean>1</boolean></value></param>' +
        '</params></methodCall>\n',
    ])
  }),
)

const struct = (...members: readonly string[]): string =>
  `<value><struct>${members.map((each) => `<member>${each}</member>`).join('')}</struct></value>`

for (const { name, value, wanted } of [
  {
    name: 'a string',
    value: '<value><string> a &lt;b&gt; &#65; </string></value>',
    wanted: ' a <b> A ',
  },
  { name: 'a string without a type', value: '<value>a &amp;lt; b</value>', wanted: 'a &lt; b' },
  { name: 'an empty string', value: '<value/>', wanted: '' },
  { name: 'an i4', value: '<value>\n <i4>-12</i4>\n</value>', wanted: -12 },
  { name: 'a double', value: '<value><double>-12.214</double></value>', wanted: -12.214 },
  { name: 'a boolean', value: '<value><boolean>0</boolean></value>', wanted: false },
  {
    name: 'a date',
    value: '<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>',
    wanted: new Date('1998-07-17T14:08:55Z'),
  },
  { name: 'base64', value: '<value><base64>AP8=</base64></value>', wanted: Buffer.from([0, 255]) },
  {
    name: 'an array of several types',
    value: '<value><array><data><value><int>1</int></value><value>a</value></data></array></value>',
    wanted: [1, 'a'],
  },
  { name: 'an empty array', value: '<value><array><data/></array></value>', wanted: [] },
  {
    name: 'a struct in a struct',
    value: struct('<name>a</name><value>1</value>', `<name>b</name>${struct()}`),
    wanted: { a: '1', b: {} },
  },
  {
    name: 'a struct with a name that objects inherit',
    value: struct('<name>toString</name><value>1</value>'),
    wanted: { toString: '1' },
  },
])
  caller(
    `${name} is read`,
    serving(async (start) => {
      const site = await start(() => respond(value))
      assert.equal(await xmlRpc(site.server.url)('a', [], alive), wanted)
    }),
  )

/** As long as a response may be, with the rest of it. */
const filled = (bytes: number) => {
  const frame = '<methodResponse><params><param><value></value></param></params></methodResponse>'
  const [before, after] = frame.split('</value>')
  return text(`${before}${'x'.repeat(bytes - frame.length)}</value>${after}`)
}

caller(
  'an answer of 65,536 bytes is read, one more is refused',
  serving(async (start) => {
    const fits = await start(() => filled(65_536))
    assert.is(String(await xmlRpc(fits.server.url)('a', [], alive)).length, 65_536 - 80)
    const exceeds = await start(() => filled(65_537))
    await rejects(() => xmlRpc(exceeds.server.url)('a', [], alive), 'BODY_TOO_LARGE')
  }),
)

for (const { name, response, wanted } of [
  {
    name: 'a status that is not of success',
    response: text('', { status: 500 }),
    wanted: 'CALL_REFUSED',
  },
  { name: 'what is no XML', response: text('no such page'), wanted: 'XML_INVALID' },
  { name: 'another document', response: text('<html></html>'), wanted: 'XML_INVALID' },
  { name: 'an unknown type', response: respond('<value><nil/></value>'), wanted: 'XML_INVALID' },
  {
    name: 'a number that is none',
    response: respond('<value><int>0x1</int></value>'),
    wanted: 'XML_INVALID',
  },
])
  caller(
    `${name} is refused`,
    serving(async (start) => {
      const site = await start(() => response)
      await rejects(() => xmlRpc(site.server.url)('a', [], alive), wanted)
    }),
  )

caller(
  'a server that has closed is refused, and the page says so',
  serving(async (start) => {
    const site = await start(() => text(''))
    await site.server.close({ graceMs: 0 })
    const pages = await start(xmlRpcPage(xmlRpc(site.server.url)))
    const { content } = await pages.ask(get('/xml-rpc-page'))
    assert.is(content.match(/the other server cannot be reached/g)?.length, 4)
  }),
)

caller(
  'when the client of the page leaves, the other server sees its callers leave',
  serving(async (start) => {
    const state = { here: 0, left: 0 }
    const other = await start(async ({ body, client }) => {
      await readText(body)
      state.here++
      await until(client.signal, 'abort')
      state.left++
      return text('')
    })
    const site = await start(xmlRpcPage(xmlRpc(other.server.url), { timeoutMs: 60_000 }))
    const client = await site.connect()
    client.send(get('/xml-rpc-page'))
    await site.until(() => state.here === 4, 'the calls')
    client.destroy()
    await site.until(() => state.left === 4, 'their end')
  }),
)

caller.run()

const standIn = suite('examples: xml-rpc-page with its stand-in')

standIn(
  'another path is a 404',
  serving(async (start) => {
    const site = await start(app)
    for (const target of ['/xml-rpc-page/zzz', '/zzz'])
      assert.is((await site.ask(get(target))).status, 404)
  }),
)

standIn(
  'one is quick, one slow, one fails, and one is never answered',
  serving(async (start) => {
    const site = await start(app)
    const { content } = await site.ask(get('/xml-rpc-page'))
    const rows = [...content.matchAll(/<p class="(answer|problem)".*?<b>(\w+)<\/b> (.*)<\/p>/g)]
    assert.equal(
      rows.map(([, kind, title, words]) => [kind, title, words]),
      [
        ['answer', 'River', '{"place":"Delft","metres":1.25,"rising":true}'],
        ['problem', 'Bridge', 'fault 4: the bridge &lt;Long Tom&gt; is closed'],
        ['answer', 'Lock', '["08:00","11:30","17:00"]'],
        ['problem', 'Ferry', 'no answer in time'],
      ],
    )
  }),
)

standIn(
  'it ends with the last call, and begins anew with the next page',
  serving(async (start) => {
    const site = await start(app)
    for (let times = 0; times < 3; times++) {
      const clients = [await site.connect(), await site.connect()]
      for (const client of clients) {
        client.send(get('/xml-rpc-page'))
        await client.takeTo('rising')
      }
      for (const client of clients) client.reset()
      await site.until(() => site.server.connections === 0, 'them to leave')
    }
    assert.equal(site.told.map(codeOf), [])
  }),
)

const curl = hasProgram('curl')
const withCurl = curl ? standIn : standIn.skip

withCurl(
  `its command line shows each answer as it comes${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const { call, settle } = calls()
    const site = await start(xmlRpcPage(call, { timeoutMs: 60_000 }))
    const [line = ''] = about.curl(site.server.url + about.path)
    const program = startProgram('sh', ['-c', line.replace('curl ', 'curl -sS ')])
    await program.printed(/waiting-4.*\n$/)
    for (const method of ['river.level', 'ferry.position', 'lock.times', 'bridge.openings']) {
      settle(method).resolve(method)
      await program.printed(new RegExp(`"${method}"</p>\n`))
    }
    assert.is(await program.exited(), 0)
  }),
)

const withChromium = chromium === undefined ? standIn.skip : standIn

withChromium(
  `a browser shows each answer in the place of its row${unlessChromium}`,
  serving(async (start) => {
    const { call, settle } = calls()
    const site = await start(xmlRpcPage(call, { timeoutMs: 60_000 }))
    await browsing(async (open) => {
      const page = await open(site.server.url + about.path, { waitUntil: 'commit' })
      await seen(page, 'p', /^River …$/)
      settle('river.level').resolve({ metres: 1 })
      await seen(page, '.answer', /^River \{"metres":1\}$/)
      settle('lock.times').reject(new Fault(4, 'closed'))
      await seen(page, '.problem', /^Lock fault 4: closed$/)
      const shown = 'p:not(#waiting-2, #waiting-4)'
      const tops = await page.locator(shown).evaluateAll((rows) =>
        rows
          .map((row) => ({ top: row.getBoundingClientRect().top, text: row.textContent }))
          .sort((a, b) => a.top - b.top)
          .map(({ text }) => text?.split(' ')[0]),
      )
      assert.equal(tops, ['Ferry', 'Lock', 'Bridge', 'River'])
      assert.not(await page.locator('#waiting-2').isVisible())
      assert.equal(await faultsOf(page), [])
    })
  }),
)

// Started here, it is not taken for what a test has left.
standIn.before(() => (chromium === undefined ? undefined : browsing(async () => {})))
standIn.after(closeBrowser)
standIn.run()
