// @seconds 240
// @slow 12
// The examples of the hub, driven by a browser: in memory, and as two processes on Redis and PostgreSQL.
import { memory, openHub } from '@sluice/hub'
import { serve } from '@sluice/server'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { postgresPrograms, startPostgres, unlessPostgres } from '../support/hub/postgres-server.ts'
import { hasRedis, startRedis, unlessRedis } from '../support/hub/redis-server.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { deferred } from '../support/within.ts'
import type { Engine, Hub } from '@sluice/hub'
import type { RunningServer } from '@sluice/server'
import type { Handler } from '@sluice/stack'
import type { Page } from 'playwright-core'
import type { OpenPage } from '../support/repository/browser-pages.ts'

const approval: typeof import('../../examples/approval/app.ts') = await import(
  await compiledExample('approval')
)
const chat: typeof import('../../examples/chat/app.ts') = await import(
  await compiledExample('chat')
)
const tokens: typeof import('../../examples/tokens/app.ts') = await import(
  await compiledExample('tokens')
)

const pages = suite('examples: pages of the hub')
const withChromium = chromium === undefined ? pages.skip : pages
const withRedis = chromium === undefined || !hasRedis ? pages.skip : pages
const withPostgres = chromium === undefined || postgresPrograms === undefined ? pages.skip : pages

/** A port with a hub of its own, as each process has. */
interface Port {
  readonly url: string
  readonly hub: Hub
  readonly server: RunningServer
  close(): Promise<void>
}

const listen = async (engine: Engine, make: (hub: Hub) => Handler, port = 0): Promise<Port> => {
  const hub = openHub({ engine })
  const server = await serve(make(hub), { port })
  const close = async () => {
    await server.close({ graceMs: 1 })
    await hub.close()
  }
  return { url: server.url, hub, server, close }
}

/** Ports of one process, in memory. */
const inMemory = (
  make: (hub: Hub) => Handler,
  run: (open: OpenPage, one: Port, two: Port) => Promise<void>,
) =>
  browsing(async (open) => {
    const engine = memory()
    const one = await listen(engine, make)
    const two = await listen(engine, make)
    try {
      await run(open, one, two)
    } finally {
      await one.close()
      await two.close()
    }
  })

/** An example as its user starts it, with a database: two processes. */
const asProcesses = (
  name: string,
  env: Readonly<Record<string, string>>,
  run: (open: OpenPage, one: string, two: string) => Promise<void>,
) =>
  browsing(async (open) => {
    const program = startProgram(
      process.execPath,
      ['--conditions=@sluice/source', '--import', 'tsx', `examples/${name}/app.ts`],
      { env: { PORT: '0', ...env } },
    )
    const [, one = ''] = await program.printed(/(http:\/\/[\d.:]+)\//)
    const [, two = ''] = await program.printed(new RegExp(`(http://(?!${one.slice(7)})[\\d.:]+)/`))
    try {
      await run(open, one, two)
    } finally {
      program.signal('SIGTERM')
      await program.exited()
    }
  })

/** An order at one port is decided at the other. */
const approveElsewhere = async (open: OpenPage, one: string, two: string): Promise<void> => {
  const asks = await open(`${one}/approval`)
  const decides = await open(`${two}/approval`)
  await asks.fill('[name=what]', 'a new chair')
  await asks.click('text=Ask')
  await seen(asks, '#answer', /waits for an approval/)
  await decides.click('li >> text=Approve')
  await seen(asks, '#answer', /The order is approved\./)
  await seen(decides, 'li', /^a new chair: approved$/)
  await seen(asks, 'li', /^a new chair: approved$/)
}

withChromium(`approval: two ports of one process${unlessChromium}`, () =>
  inMemory(approval.approval, (open, one, two) => approveElsewhere(open, one.url, two.url)),
)

withChromium(`approval: an order whose page is closed is withdrawn${unlessChromium}`, () =>
  inMemory(approval.approval, async (open, one, two) => {
    const asks = await open(`${one.url}/approval`)
    const sees = await open(`${two.url}/approval`)
    await asks.fill('[name=what]', 'a new desk')
    await asks.click('text=Ask')
    await seen(sees, 'li', /^a new desk: waits/)
    await asks.close()
    await seen(sees, 'li', /^a new desk: withdrawn$/)
  }),
)

const say = async (page: Page, from: string, words: string): Promise<void> => {
  await page.fill('[name=from]', from)
  await page.fill('[name=words]', words)
  await page.click('text=Say')
}

/** What is said at either port arrives at both, once and in order. */
const talk = async (open: OpenPage, one: string, two: string): Promise<void> => {
  const ann = await open(`${one}/chat?room=a%7Bb%7D`)
  const bob = await open(`${two}/chat?room=a%7Bb%7D`)
  const other = await open(`${two}/chat?room=a`)
  await say(ann, 'Ann', 'hello')
  await seen(bob, 'li', /^Ann: hello$/)
  await say(bob, 'Bob', 'good day')
  await seen(ann, 'li', /^Bob: good day$/)
  assert.equal(await ann.locator('li').allTextContents(), ['Ann: hello', 'Bob: good day'])
  assert.equal(await bob.locator('li').allTextContents(), ['Ann: hello', 'Bob: good day'])
  assert.equal(await other.locator('li').allTextContents(), [])
}

withChromium(`chat: two ports of one process${unlessChromium}`, () =>
  inMemory(chat.chat, (open, one, two) => talk(open, one.url, two.url)),
)

withChromium(`chat: what is said while a page is cut off arrives once${unlessChromium}`, () =>
  browsing(async (open) => {
    const engine = memory()
    let one = await listen(engine, chat.chat)
    const two = await listen(engine, chat.chat)
    try {
      const ann = await open(`${one.url}/chat`)
      const bob = await open(`${two.url}/chat`)
      await say(bob, 'Bob', 'one')
      await seen(ann, 'li', /^Bob: one$/)
      const { port } = one.server
      await one.close()
      await say(bob, 'Bob', 'two')
      await seen(bob, 'li', /^Bob: two$/)
      one = await listen(engine, chat.chat, port)
      await seen(ann, 'li', /^Bob: two$/)
      await say(bob, 'Bob', 'three')
      await seen(ann, 'li', /^Bob: three$/)
      assert.equal(await ann.locator('li').allTextContents(), [
        'Bob: one',
        'Bob: two',
        'Bob: three',
      ])
    } finally {
      await one.close()
      await two.close()
    }
  }),
)

/** Words that come when the test says so. */
const dictated = () => {
  let next = deferred<string | undefined>()
  const state = { asked: 0, ended: 0 }
  async function* model(_question: string, _n: number, signal: AbortSignal) {
    state.asked++
    try {
      const left = new Promise<undefined>((resolve) =>
        signal.addEventListener('abort', () => resolve(undefined), { once: true }),
      )
      for (;;) {
        const word = await Promise.race([next.promise, left])
        if (word === undefined) return
        yield word
      }
    } finally {
      state.ended++
    }
  }
  const dictate = (word: string | undefined) => {
    const now = next
    next = deferred<string | undefined>()
    now.resolve(word)
  }
  return { state, model, dictate }
}

withChromium(`tokens: a reload continues, and another tab stops it${unlessChromium}`, () => {
  const { state, model, dictate } = dictated()
  return inMemory(
    (hub) => tokens.tokens(hub, model),
    async (open, one, two) => {
      const page = await open(`${one.url}/tokens`)
      await page.fill('[name=question]', 'Why?')
      await page.click('text=Ask')
      await seen(page, '#question', /^Why\?$/)
      dictate('Because')
      await seen(page, '#answer', /^Because $/)
      await page.reload()
      await seen(page, '#answer', /^Because $/)
      dictate('it')
      await seen(page, '#answer', /^Because it $/)
      // The other port is another process.
      const other = await open(page.url().replace(one.url, two.url))
      await seen(other, '#answer', /^Because it $/)
      await other.click('text=Stop')
      await seen(page, '#state', /^stopped$/)
      await seen(other, '#state', /^stopped$/)
      await page.reload()
      await seen(page, '#state', /^stopped$/)
      assert.is(await page.textContent('#answer'), 'Because it ')
      assert.equal(state, { asked: 1, ended: 1 })
    },
  )
})

withRedis(`chat: two processes on Redis${unlessChromium}${unlessRedis}`, async () => {
  const redis = await startRedis()
  try {
    await asProcesses('chat', { REDIS_URL: `redis://127.0.0.1:${redis.port}` }, talk)
  } finally {
    await redis.stop()
  }
})

withPostgres(
  `approval: two processes on PostgreSQL${unlessChromium}${unlessPostgres}`,
  async () => {
    const postgres = await startPostgres()
    const { host, user, database } = postgres.address
    const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`
    try {
      await asProcesses('approval', { DATABASE_URL: url }, approveElsewhere)
    } finally {
      await postgres.discard()
    }
  },
)

pages.after(closeBrowser)
pages.run()
