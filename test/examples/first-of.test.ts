// @waits
// The example of what comes first: a look-up that the test settles, a timer and another request; and real look-ups.
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Site } from '../support/server/serving.ts'

const { about, app, firstOfPage }: typeof import('../../examples/first-of/app.ts') = await import(
  await compiledExample('first-of')
)

/** A look-up that the test settles, and what has become of it. A timer that does not fire keeps the process, and is seen. */
const waiting = (waitMs = 60_000) => {
  const found = deferred<readonly string[]>()
  const state = { asked: [] as readonly string[], cancelled: 0 }
  const handler = firstOfPage(
    (name, signal) => {
      state.asked = [...state.asked, name]
      signal.addEventListener('abort', () => state.cancelled++)
      return found.promise
    },
    { waitMs },
  )
  return { found, state, handler }
}

/** Opens a page, and gives the path by which other requests can give it a signal. */
const openPage = async (site: Site, name = 'a.example') => {
  const client = await site.connect()
  client.send(get(`/first-of/${name}`))
  const head = await readHead(client)
  const begun = (await readChunk(client)) ?? ''
  const [, path = ''] = /POST to (\/first-of\/[-0-9a-f]{36})\n$/.exec(begun) ?? []
  return { client, path, rest: async () => (await readContent(client, head)).content }
}

const first = suite('examples: first-of')

first(
  'a look-up that is first is shown, and the timer and the signal are gone',
  serving(async (start) => {
    const { found, state, handler } = waiting()
    const site = await start(handler)
    const { path, rest } = await openPage(site)
    found.resolve(['192.0.2.1', '192.0.2.2'])
    assert.is(await rest(), 'The look-up was first: a.example is at 192.0.2.1, 192.0.2.2.\n')
    assert.equal(state.asked, ['a.example'])
    assert.is((await site.ask(post(path, ''))).status, 404)
  }),
)

first(
  'a look-up that fails is first too, and its code is shown',
  serving(async (start) => {
    const { found, handler } = waiting()
    const { rest } = await openPage(await start(handler))
    found.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
    assert.is(await rest(), 'The look-up was first: a.example has no address: ENOTFOUND.\n')
  }),
)

first(
  'a timer that is first cancels the look-up, and the signal is gone',
  serving(async (start) => {
    const { state, handler } = waiting(1)
    const site = await start(handler)
    const { path, rest } = await openPage(site)
    assert.is(await rest(), 'The timer was first: 1 ms are over.\n')
    await site.until(() => state.cancelled === 1, 'the look-up to be cancelled')
    assert.is((await site.ask(post(path, ''))).status, 404)
  }),
)

first(
  'a signal that is first cancels the look-up and the timer, of its own page only',
  serving(async (start) => {
    const { found, state, handler } = waiting()
    const site = await start(handler)
    const [one, two] = [await openPage(site), await openPage(site)]
    assert.is((await site.ask(post(one.path, ''))).content, 'Given.\n')
    assert.is(await one.rest(), 'The signal was first: there was a signal.\n')
    await site.until(() => state.cancelled === 1, 'the look-up to be cancelled')
    found.resolve(['192.0.2.1'])
    assert.match(await two.rest(), 'The look-up was first')
  }),
)

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  first(
    `when its client leaves by ${how}, all three are cancelled`,
    serving(async (start) => {
      const { state, handler } = waiting()
      const site = await start(handler)
      const { client, path } = await openPage(site)
      client[how]()
      await site.until(() => state.cancelled === 1, 'the look-up to be cancelled')
      assert.is((await site.ask(post(path, ''))).status, 404)
      assert.equal(site.told.map(codeOf), ['NOT_FOUND'])
    }),
  )

first(
  'a client that leaves between the first words and the pause is no unhandled rejection',
  serving(async () => {
    const { state, handler } = waiting()
    const gone = new AbortController()
    const client = { ...made().client, signal: gone.signal }
    const { body } = await handler(made('/first-of/a.example', { client }))
    const frames = body[Symbol.asyncIterator]()
    await frames.next()
    gone.abort(new Error('the client has gone'))
    await turn(5)
    await frames.return?.()
    assert.is(state.cancelled, 1)
  }),
)

first(
  'when the server closes, the page ends whole',
  serving(async (start) => {
    const { handler } = waiting()
    const site = await start(handler)
    const { client, rest } = await openPage(site)
    const closed = site.server.close({ graceMs: 60_000 })
    assert.is(await rest(), 'The signal was first: the server is closing.\n')
    client.destroy()
    await closed
  }),
)

first(
  'a query is no part of the name',
  serving(async (start) => {
    const { state, handler } = waiting()
    const site = await start(handler)
    const client = await site.connect()
    client.send(get('/first-of?utm=1'))
    assert.is((await readHead(client)).status, 200)
    await client.takeTo('slow.example')
    assert.equal(state.asked, ['slow.example'])
    client.destroy()
  }),
)

for (const name of ['a..b', '.a', 'a/b', '%3Cscript%3E', 'a'.repeat(64), `${'a.'.repeat(126)}ab`])
  first(
    `the name ${name.slice(0, 20)} of ${name.length} characters is refused`,
    serving(async (start) => {
      const { state, handler } = waiting()
      const site = await start(handler)
      assert.is((await site.ask(get(`/first-of/${name}`))).status, 404)
      assert.equal(state.asked, [])
    }),
  )

first(
  'a name of 253 characters is looked up',
  serving(async (start) => {
    const name = `${'a.'.repeat(126)}a`
    const { found, state, handler } = waiting()
    const { rest } = await openPage(await start(handler), name)
    found.resolve([])
    await rest()
    assert.equal(state.asked, [name])
  }),
)

first.run()

const looked = suite('examples: first-of at a name server')

for (const { name, wanted } of [
  { name: 'quick.example', wanted: 'quick.example is at 192.0.2.7' },
  { name: 'no.example', wanted: 'no.example has no address: ENOTFOUND' },
])
  looked(
    `${name} is found out by DNS`,
    serving(async (start) => {
      const { rest } = await openPage(await start(app), name)
      assert.is(await rest(), `The look-up was first: ${wanted}.\n`)
    }),
  )

looked(
  'of a look-up that was cancelled no query and no socket is left',
  serving(async (start) => {
    const site = await start(app)
    for (let times = 0; times < 5; times++) {
      const { client } = await openPage(site, 'slow.example')
      // Once it has been sent.
      await site.until(() => sockets() > 0, 'the query')
      client.reset()
      await site.until(() => sockets() === 0, 'its end')
    }
    assert.equal(site.told, [])
  }),
)

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => /udp|query/i.test(kind)).length

const curl = hasProgram('curl')
const withCurl = curl ? looked : looked.skip

withCurl(
  `its command lines show what is first${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const site = await start(app)
    const [quick = '', slow = '', give = ''] = about
      .curl(site.server.url + about.path)
      .map((line) => line.replace('curl ', 'curl -sS '))
    const looks = startProgram('sh', ['-c', quick])
    await looks.printed(/The look-up was first: quick\.example is at 192\.0\.2\.7\.\n$/)
    assert.is(await looks.exited(), 0)
    const waits = startProgram('sh', ['-c', slow])
    const [, id = ''] = await waits.printed(/\/first-of\/(\S+)\n$/)
    const gives = startProgram('sh', ['-c', give.replace('/ID', `/${id}`)])
    await gives.printed(/^Given\.\n$/)
    await waits.printed(/The signal was first: there was a signal\.\n$/)
    assert.is(await waits.exited(), 0)
  }),
)

const withChromium = chromium === undefined ? looked.skip : looked

withChromium(
  `a browser gives the signal, and looks up again${unlessChromium}`,
  serving(async (start) => {
    const site = await start(app)
    await browsing(async (open) => {
      const page = await open(`${site.server.url}/first-of`, { waitUntil: 'commit' })
      await seen(page, 'p', /^Again, with/)
      assert.equal(await faultsOf(page), [])
      await page.click('text=Give it')
      await seen(page, 'p', /^The signal was first: there was a signal\.$/)
      assert.not(await page.locator('button').isVisible())
      assert.equal(await faultsOf(page), [])
      await page.click('text=quick.example')
      await seen(page, 'p', /^The look-up was first: quick\.example is at 192\.0\.2\.7\.$/)
    })
  }),
)

// Started here, it is not taken for what a test has left.
looked.before(() => (chromium === undefined ? undefined : browsing(async () => {})))
looked.after(closeBrowser)
looked.run()
