// The examples in which one request acts on another.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { RawClient } from '../support/server/raw-client.ts'
import type { WireHead } from '../support/server/read-response.ts'
import type { Site } from '../support/server/serving.ts'

const pausedPage: typeof import('../../examples/paused-page/app.ts') = await import(
  await compiledExample('paused-page')
)
const pushPage: typeof import('../../examples/push-page/app.ts') = await import(
  await compiledExample('push-page')
)

interface OpenPage {
  readonly client: RawClient
  readonly head: WireHead
  /** What arrived before anything was done to it. */
  readonly first: string
}

const openPage = async (site: Site): Promise<OpenPage> => {
  const client = await site.connect()
  client.send(get())
  const head = await readHead(client)
  return { client, head, first: (await readChunk(client)) ?? '' }
}

const paused = suite('examples: paused-page')

const idIn = (page: OpenPage): string => {
  const [, id] = /\/paused-page\/([-0-9a-f]{36})\n$/.exec(page.first) ?? []
  if (id === undefined) throw new Error(`Cannot find an ID in ${page.first}`)
  return id
}

paused(
  'the first half arrives, the second once another request resumes it with its words',
  serving(async (start) => {
    const site = await start(pausedPage.app)
    const page = await openPage(site)
    const answer = await site.ask(post(`/paused-page/${idIn(page)}`, 'hello'))
    assert.is(answer.content, 'It goes on.\n')
    const { content } = await readContent(page.client, page.head)
    assert.is(content, 'Somebody says: hello\n')
  }),
)

paused(
  'several pause at once, and each is resumed by its own ID',
  serving(async (start) => {
    const site = await start(pausedPage.app)
    const pages = [await openPage(site), await openPage(site), await openPage(site)]
    for (const page of [...pages].reverse()) {
      const id = idIn(page)
      await site.ask(post(`/paused-page/${id}`, id))
      const { content } = await readContent(page.client, page.head)
      assert.is(content, `Somebody says: ${id}\n`)
    }
  }),
)

paused(
  'a second resume, and one by an unknown ID, is a 404',
  serving(async (start) => {
    const site = await start(pausedPage.app)
    const id = idIn(await openPage(site))
    assert.is((await site.ask(post(`/paused-page/${id}`, 'a'))).status, 200)
    assert.is((await site.ask(post(`/paused-page/${id}`, 'b'))).status, 404)
    assert.is((await site.ask(post('/paused-page/__proto__', 'c'))).status, 404)
    assert.is((await site.ask(post('/', 'd'))).status, 404)
  }),
)

paused(
  'words of 1,024 bytes resume it, one more is refused and leaves it paused',
  serving(async (start) => {
    const site = await start(pausedPage.app)
    const page = await openPage(site)
    const target = `/paused-page/${idIn(page)}`
    assert.is((await site.ask(post(target, 'x'.repeat(1025)))).status, 413)
    assert.is((await site.ask(post(target, 'x'.repeat(1024)))).status, 200)
    const { content } = await readContent(page.client, page.head)
    assert.is(content, `Somebody says: ${'x'.repeat(1024)}\n`)
  }),
)

for (const how of ['reset', 'destroy'] as const)
  paused(
    `when its client leaves by ${how}, the page is forgotten`,
    serving(async (start) => {
      const site = await start(pausedPage.app)
      const page = await openPage(site)
      page.client[how]()
      while (site.server.connections > 0) await turn()
      const answer = await site.ask(post(`/paused-page/${idIn(page)}`, 'hello'))
      assert.is(answer.status, 404)
      assert.equal(site.told.map(codeOf), ['NOT_FOUND'])
    }),
  )

paused.run()

const pushed = suite('examples: push-page')

pushed(
  'what is posted appears on every page that is open, in order',
  serving(async (start) => {
    const site = await start(pushPage.app)
    const pages = [await openPage(site), await openPage(site)]
    for (const { first } of pages) assert.is(first, 'Listening.\n')
    for (const words of ['one', 'two', 'three'])
      assert.is((await site.ask(post('/push-page', words))).content, 'Written to 2.\n')
    for (const { client } of pages) assert.match(await client.takeTo('three\n'), /one\n.*two\n/s)
  }),
)

pushed(
  'each line is sent before the next is posted',
  serving(async (start) => {
    const site = await start(pushPage.app)
    const { client } = await openPage(site)
    for (const words of ['one', 'two', 'three']) {
      await site.ask(post('/push-page', words))
      assert.is(await readChunk(client), `${words}\n`)
    }
  }),
)

for (const how of ['reset', 'destroy'] as const)
  pushed(
    `a page whose client has left by ${how} is no longer written to`,
    serving(async (start) => {
      const site = await start(pushPage.app)
      const [left, stays] = [await openPage(site), await openPage(site)]
      left.client[how]()
      while (site.server.connections > 1) await turn()
      assert.is((await site.ask(post('/push-page', 'hello'))).content, 'Written to 1.\n')
      assert.is(await readChunk(stays.client), 'hello\n')
      assert.equal(site.told, [])
    }),
  )

pushed(
  'a client that does not read holds up nobody, and the lines that it gets are whole and in order',
  serving(async (start) => {
    const site = await start(pushPage.app)
    const [slow, quick] = [await openPage(site), await openPage(site)]
    slow.client.pause()
    const poster = await site.connect()
    // More than kernels mostly take for a connection; where they do, the page misses lines.
    for (let i = 0; i < 12_000; i++) {
      const line = `${i} ${'.'.repeat(1000)}`
      poster.send(post('/push-page', line))
      assert.is(await readChunk(quick.client), `${line}\n`)
    }
    slow.client.resume()
    // The first of these may still be missed.
    while (!slow.client.text.includes('last\n')) await site.ask(post('/push-page', 'last'))
    const lines = (await slow.client.takeTo('last\n')).match(/^\d+ \.*$/gm) ?? []
    assert.ok(lines.length > 0)
    assert.ok(lines.every((line) => line.endsWith(` ${'.'.repeat(1000)}`)))
    const numbers = lines.map((line) => Number.parseInt(line, 10))
    assert.ok(numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0)))
  }),
)

pushed(
  'control characters do not get through',
  serving(async (start) => {
    const site = await start(pushPage.app)
    const { client } = await openPage(site)
    await site.ask(post('/push-page', ' a\r\nb\x1b[2Jc\x00 '))
    assert.is(await readChunk(client), 'a b [2Jc\n')
  }),
)

pushed(
  'when the server closes, the page says so and ends whole',
  serving(async (start) => {
    const site = await start(pushPage.app)
    const { client, head } = await openPage(site)
    const closed = site.server.close()
    const { content } = await readContent(client, head)
    assert.is(content, 'The server is closing.\n')
    client.destroy()
    await closed
  }),
)

pushed(
  'twenty pages open at once are no reason for a warning',
  serving(async (start) => {
    const warnings: string[] = []
    const note = ({ message }: Error) => warnings.push(message)
    process.on('warning', note)
    const site = await start(pushPage.app)
    for (let i = 0; i < 20; i++) await openPage(site)
    assert.is((await site.ask(post('/push-page', 'hello'))).content, 'Written to 20.\n')
    process.off('warning', note)
    assert.equal(warnings, [])
  }),
)

pushed.run()
