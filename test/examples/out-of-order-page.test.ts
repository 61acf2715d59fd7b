// The example of a page whose sections arrive in the order in which they are ready.
import { format } from 'node:util'
import { BodyError } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { output, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { StreamedText } from '../support/repository/streamed-text.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { Handler } from '@sluice/stack'
import type { Page } from 'playwright-core'
import type { Start } from '../support/server/serving.ts'
import type { Deferred } from '../support/within.ts'

const example: typeof import('../../examples/out-of-order-page/app.ts') = await import(
  await compiledExample('out-of-order-page')
)

const bound = 10_000
const path = example.about.path

/** Loads that the test settles, by the name of the section. */
const loads = (timeoutMs = bound) => {
  const calls = new Map<string, { signal: AbortSignal; rows: Deferred<readonly string[]> }>()
  const load = (section: string, signal: AbortSignal) => {
    const rows = deferred<readonly string[]>()
    calls.set(section, { signal, rows })
    signal.addEventListener('abort', () => rows.reject(signal.reason))
    return rows.promise
  }
  const reported: (readonly [section: string, error: unknown])[] = []
  const report = (section: string, error: unknown) => void reported.push([section, error])
  const app = example.outOfOrderPage(load, { report, timeoutMs })
  const ready = (section: string, rows: readonly string[]) => calls.get(section)?.rows.resolve(rows)
  const fail = (section: string, error: unknown) => calls.get(section)?.rows.reject(error)
  return { calls, reported, app, ready, fail }
}

const section = (name: string, row: string): string =>
  `<div slot="${name.toLowerCase()}"><h2>${name}</h2><ul>\n<li>${row}\n</ul></div>\n`

/** What is printed as errors meanwhile. */
const printedBy = async (run: () => Promise<void>): Promise<string> => {
  const { error } = console
  let printed = ''
  console.error = (...values) => {
    printed += `${format(...values)}\n`
  }
  try {
    await run()
    return printed
  } finally {
    console.error = error
  }
}

/** Opens the page and reads its shell. */
const openPage = async (start: Start, timeoutMs?: number) => {
  const made = loads(timeoutMs)
  const site = await start(made.app)
  const client = await site.connect()
  client.send(get(path))
  const head = await readHead(client)
  const shell = (await readChunk(client)) ?? ''
  return { ...made, site, client, head, shell }
}

const page = suite('examples: out-of-order-page')

page(
  'the shell arrives while all sections are loaded, and names a place for each, in order',
  serving(async (start) => {
    const { calls, shell, head } = await openPage(start)
    assert.equal([...calls.keys()], ['Rivers', 'Locks', 'Weirs', 'Tides'])
    assert.equal(
      [...shell.matchAll(/<slot name="(\w+)"/g)].map(([, name]) => name),
      ['rivers', 'locks', 'weirs', 'tides'],
    )
    assert.is(head.fields.get('x-accel-buffering'), 'no')
  }),
)

page(
  'each section arrives when it is ready, before any other, escaped',
  serving(async (start) => {
    const { client, head, ready } = await openPage(start)
    for (const name of ['Tides', 'Rivers', 'Weirs']) {
      ready(name, ['a & <b>'])
      assert.is(await readChunk(client), section(name, 'a &amp; &lt;b&gt;'))
    }
    ready('Locks', ['one'])
    const { content } = await readContent(client, head)
    assert.is(content, `${section('Locks', 'one')}</div></main>\n`)
  }),
)

for (const under of codings)
  page(
    `each can be read when it is ready, compressed by ${under.coding}`,
    serving(async (start) => {
      const { app, ready } = loads()
      const site = await start(app)
      const client = await site.connect()
      client.send(get(path, `accept-encoding: ${under.coding}`))
      const read = await StreamedText.of(client, under)
      await read.to(await shellOf(start))
      for (const name of ['Locks', 'Tides', 'Rivers']) {
        ready(name, ['one'])
        await read.to(section(name, 'one'))
      }
      ready('Weirs', [])
      assert.match(await read.rest(), /<h2>Weirs<\/h2>[\s\S]*<\/main>\n$/)
    }),
  )

const shellOf = async (start: Start): Promise<string> => {
  const { shell, client } = await openPage(start)
  client.destroy()
  return shell
}

page(
  'a section that fails says so in its place, the others follow, and the error is reported here only',
  serving(async (start) => {
    const { client, head, ready, fail, reported, site } = await openPage(start)
    const error = new Error('the database is secret')
    fail('Locks', error)
    const told = (await readChunk(client)) ?? ''
    assert.match(told, /^<div slot="locks"><h2>Locks<\/h2><p>They cannot be shown now\./)
    for (const name of ['Tides', 'Rivers', 'Weirs']) ready(name, ['one'])
    const { content } = await readContent(client, head)
    for (const name of ['Tides', 'Rivers', 'Weirs']) assert.match(content, section(name, 'one'))
    assert.match(content, /<\/main>\n$/)
    assert.not.match(told + content, 'secret')
    assert.equal(reported, [['Locks', error]])
    assert.equal(site.told, [])
  }),
)

page(
  'a section that takes too long says so, the others stay, its load is stopped, and it is reported',
  serving(async (start) => {
    const { client, head, calls, ready, reported, site } = await openPage(start, 200)
    const stopped = deferred()
    calls.get('Locks')?.signal.addEventListener('abort', () => stopped.resolve())
    for (const name of ['Tides', 'Rivers', 'Weirs']) ready(name, ['one'])
    const { content } = await readContent(client, head)
    await within(bound, stopped.promise)
    assert.match(content, /<div slot="locks"><h2>Locks<\/h2><p>They took too long\./)
    for (const name of ['Tides', 'Rivers', 'Weirs']) assert.match(content, section(name, 'one'))
    assert.equal(
      reported.map(([name, error]) => [name, error instanceof BodyError && error.code]),
      [['Locks', 'TIMED_OUT']],
    )
    assert.equal(site.told, [])
  }),
)

page('the default report prints the section, and the error with its stack and cause', async () => {
  const printed = await printedBy(() =>
    serving(async (start) => {
      const cause = new Error('no route to the database')
      const load = () => Promise.reject(new Error('cannot load', { cause }))
      await (await start(example.outOfOrderPage(load))).ask(get(path))
    })(),
  )
  assert.match(printed, /Locks.*\n?.*Error: cannot load\n +at /)
  assert.match(printed, /\[cause\]: Error: no route to the database/)
})

for (const how of ['destroy', 'reset'] as const)
  page(
    `a client that leaves (${how}) stops all loads that are not done, and nothing is reported`,
    serving(async (start) => {
      const { client, calls, ready, reported, site } = await openPage(start)
      ready('Tides', ['one'])
      await readChunk(client)
      const stopped = ['Rivers', 'Locks', 'Weirs'].map((name) => {
        const gone = deferred()
        calls.get(name)?.signal.addEventListener('abort', () => gone.resolve())
        return gone.promise
      })
      client[how]()
      await within(bound, Promise.all(stopped))
      assert.is(calls.get('Rivers')?.signal.reason.code, 'READER_GONE')
      await site.server.close()
      assert.equal([...reported, ...site.told], [])
    }),
  )

page(
  'a HEAD loads nothing',
  serving(async (start) => {
    const { app, calls } = loads()
    const site = await start(app)
    const { status, content } = await site.ask(request('HEAD', path, 'connection: close'))
    assert.equal([status, content, calls.size], [200, '', 0])
  }),
)

const withChromium = chromium === undefined ? page.skip : page

/** The headings from top to bottom, then from left to right, as they are painted. */
const shownOrder = async (tab: Page): Promise<readonly string[]> => {
  const headings = await tab.locator('h2').all()
  const placed = await Promise.all(
    headings.map(async (each) => ({
      text: await each.textContent(),
      box: await each.boundingBox(),
    })),
  )
  const byPlace = placed.toSorted(
    (a, b) => (a.box?.y ?? 0) - (b.box?.y ?? 0) || (a.box?.x ?? 0) - (b.box?.x ?? 0),
  )
  return byPlace.map(({ text }) => text ?? '')
}

withChromium(
  `a browser without JavaScript shows each section at its place while others are loaded${unlessChromium}`,
  () =>
    browsing(
      (open) =>
        serving(async (start) => {
          const { app, ready, fail } = loads()
          const site = await start(app)
          // The page is whole only when the last section is there.
          const tab = await open(site.server.url + path, { waitUntil: 'commit' })
          await seen(tab, 'section', /^Rivers: loading$/)
          for (const name of ['Tides', 'Locks']) {
            ready(name, [`a row of ${name}`])
            await seen(tab, 'li', new RegExp(`^a row of ${name}`))
          }
          assert.equal(await shownOrder(tab), ['Locks', 'Tides'])
          fail('Weirs', new Error('no'))
          ready('Rivers', ['a row of Rivers'])
          await seen(tab, 'li', /^a row of Rivers/)
          assert.equal(await shownOrder(tab), ['Rivers', 'Locks', 'Weirs', 'Tides'])
          await tab.close()
        })(),
      { javaScriptEnabled: false },
    ),
)

withChromium(
  `a browser that knows no shadow trees in HTML shows the sections as they arrived${unlessChromium}`,
  () =>
    browsing((open) =>
      serving(async (start) => {
        const { app, ready } = loads()
        // The attribute by another name is what such a browser sees.
        const old = output(mapText((part) => part.replace('shadowrootmode', 'data-unknown')))
        const plain: Handler = (request) =>
          app({ ...request, headers: request.headers.without('accept-encoding') })
        const site = await start(stack(old)(plain))
        const tab = await open(site.server.url + path, { waitUntil: 'commit' })
        await seen(tab, 'h1', /^Waterways$/)
        for (const name of ['Tides', 'Weirs', 'Locks', 'Rivers']) {
          ready(name, [`a row of ${name}`])
          await seen(tab, 'li', new RegExp(`^a row of ${name}`))
        }
        assert.equal(await shownOrder(tab), ['Tides', 'Weirs', 'Locks', 'Rivers'])
        await tab.close()
      })(),
    ),
)

const curl = hasProgram('curl')
const withCurl = curl ? page : page.skip

withCurl(
  `its command line prints the shell, then each section when it is ready${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const { app, calls, ready } = loads()
    const site = await start(app)
    const [line = ''] = example.about.curl(site.server.url + path)
    const program = startProgram('sh', ['-c', line.replace('curl ', 'curl -sS ')])
    await program.printed(/<\/template>\n$/)
    for (const name of ['Weirs', 'Tides', 'Rivers']) {
      ready(name, ['one'])
      await program.printed(new RegExp(`<h2>${name}</h2><ul>\n<li>one\n</ul></div>\n$`))
    }
    ready('Locks', [])
    assert.is(await program.exited(), 0)
    assert.is(calls.size, 4)
  }),
)

page.after(closeBrowser)
page.run()
