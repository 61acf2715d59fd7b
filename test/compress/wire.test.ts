// @seconds 300
// @slow 11
// Compressed responses as clients see them: a raw one, curl, and a browser, before the rest is produced and whole.
import { gunzipSync } from 'node:zlib'
import { concat, readText } from '@sluice/body'
import { compress } from '@sluice/compress'
import { pause } from '@sluice/pause'
import { empty, stack, stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings, message, someText } from '../support/bodies/codings.ts'
import { noHandles, zlibHandles } from '../support/bodies/zlib-handles.ts'
import { textOf } from '../support/parsing/cuts.ts'
import { chromium, domOf, unlessChromium } from '../support/repository/chromium.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { CompressOptions } from '@sluice/compress'
import type { Handler } from '@sluice/stack'

const shell = '<!doctype html><title>page</title><h1>The shell</h1><img src="/seen">\n'
const rest = `<p>${'the rest of it, '.repeat(200)}</p><p>That is all</p>`

const html = { headers: { 'content-type': 'text/html; charset=utf-8', etag: '"page"' } }

/** A page of a shell, and of a rest that the test lets go; by a flush, a pause, or nothing but the wait. */
const pageOf = (how: 'flush' | 'pause' | 'wait', options: CompressOptions) => {
  const ready = deferred()
  async function* page() {
    yield shell
    if (how === 'flush') yield { kind: 'flush' } as const
    if (how === 'pause') yield { kind: 'pause', until: ready.promise } as const
    await ready.promise
    yield rest
  }
  const app: Handler = stack(compress(options))(() => stream(page(), html))
  return { app, ready }
}

/** A pause is where gzip, deflate and zstd rest. */
const told = codings.flatMap(({ coding }) =>
  (['flush', 'pause'] as const).map((how) => ({ coding, how })),
)

const raw = suite('compress: a raw client')

const bytesOf = (chunks: readonly string[]): Uint8Array =>
  concat(chunks.map((chunk) => new Uint8Array(Buffer.from(chunk, 'latin1'))))

for (const { coding, decode, decodeBeginning } of codings)
  for (const how of ['flush', 'pause', 'wait'] as const)
    raw(
      `${coding}: the shell is there before the rest is produced, by a ${how}`,
      serving(async (start) => {
        const { app, ready } = pageOf(how, { codings: [coding] })
        const { connect } = await start(app)
        const client = await connect()
        client.send(get('/', `accept-encoding: ${coding}`))
        const head = await readHead(client)
        assert.is(head.fields.get('content-encoding'), coding)
        assert.is(head.fields.get('etag'), 'W/"page"')
        const chunks: string[] = []
        while (textOf(decodeBeginning(bytesOf(chunks))) !== shell) {
          const chunk = await readChunk(client)
          assert.ok(chunk !== undefined, 'it ended')
          chunks.push(chunk)
        }
        ready.resolve()
        const last = await readContent(client, head)
        assert.is(textOf(decode(bytesOf([...chunks, ...last.chunks]))), shell + rest)
      }),
    )

raw(
  'the head of HEAD is that of GET',
  serving(async (start) => {
    const { ask } = await start((asked) => {
      const { app, ready } = pageOf('flush', {})
      ready.resolve()
      return app(asked)
    })
    for (const accept of ['gzip', 'br', 'compress']) {
      const line = `accept-encoding: ${accept}`
      const heads = []
      for (const method of ['GET', 'HEAD']) {
        const { head } = await ask(request(method, '/', line))
        heads.push(head.replace(/^date: .*$/im, ''))
      }
      assert.is(heads[1], heads[0])
    }
  }),
)

raw(
  'a client that goes away while it waits leaves no context',
  serving(async (start) => {
    for (const { coding } of codings)
      for (const how of ['flush', 'pause', 'wait'] as const) {
        const { app, ready } = pageOf(how, { codings: [coding] })
        const { server, connect } = await start(app)
        const client = await connect()
        client.send(get('/', `accept-encoding: ${coding}`))
        await readHead(client)
        client.reset()
        ready.resolve()
        await server.close({ graceMs: 1 })
      }
    assert.equal(await zlibHandles(), noHandles)
  }),
)

raw(
  'two hundred responses cut off at any moment leave no context',
  serving(async (start) => {
    const text = someText(300_000)
    async function* long() {
      for (let at = 0; at < text.length; at += 10_000) {
        yield text.subarray(at, at + 10_000)
        if (at % 3 === 0) yield { kind: 'flush' } as const
        if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const app: Handler = stack(compress())(() => stream(long(), html))
    const { connect } = await start(app)
    for (let i = 0; i < 200; i++) {
      const coding = codings[i % codings.length]?.coding ?? ''
      const client = await connect()
      client.send(get('/', `accept-encoding: ${coding}`))
      for (let turns = 0; turns < i % 13; turns++)
        await new Promise((resolve) => setImmediate(resolve))
      client.reset()
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(await zlibHandles(), noHandles)
  }),
)

raw.run()

const curled = suite('compress: curl')

const withCurl = hasProgram('curl') ? curled : curled.skip
const unlessCurl = hasProgram('curl') ? '' : ' (skipped: there is no curl here)'

for (const { coding, how } of told)
  withCurl(
    `curl --compressed prints the shell before the rest is produced: ${coding}, by a ${how}${unlessCurl}`,
    serving(async (start) => {
      const { app, ready } = pageOf(how, { codings: [coding] })
      const { server } = await start(app)
      const page = startProgram('curl', ['-sSNi', '--compressed', server.url])
      await page.printed(/<h1>The shell<\/h1>.*\n$/)
      ready.resolve()
      assert.is(await page.exited(), 0)
      assert.match(page.output, new RegExp(`content-encoding: ${coding}`, 'i'))
      assert.ok(page.output.endsWith(shell + rest))
    }),
  )

/** Rests a thousand times, and lets the client see each. */
const resting: Handler = stack(compress())(() =>
  stream(
    (async function* () {
      for (let id = 0; id < 1000; id++) {
        yield message(id)
        const { frame, resume } = pause()
        setImmediate(() => resume())
        yield frame
      }
    })(),
    { headers: { 'content-type': 'text/event-stream' } },
  ),
)
const rested = textOf(concat(Array.from({ length: 1000 }, (_, id) => message(id))))

withCurl(
  `curl --compressed reads what rested a thousand times${unlessCurl}`,
  serving(async (start) => {
    const { server } = await start(resting)
    const { code, output } = await runProcess('curl', ['-sSN', '--compressed', server.url])
    assert.is(code, 0, output)
    assert.is(output, rested)
  }),
)

curled.run()

const browser = suite('compress: a browser')
const withChromium = chromium === undefined ? browser.skip : browser

for (const { coding, how } of told)
  withChromium(
    `it acts on the shell before the rest is produced: ${coding}, by a ${how}${unlessChromium}`,
    serving(async (start) => {
      const { app, ready } = pageOf(how, { codings: [coding] })
      let accepted: string | undefined
      const { server } = await start((asked) => {
        if (asked.target === '/') {
          accepted = asked.headers.get('accept-encoding')
          return app(asked)
        }
        // What the shell asks for is asked for while the rest waits, or never.
        if (asked.target === '/seen') ready.resolve()
        return empty()
      })
      const dom = await domOf(server.url)
      assert.ok(dom.includes(rest), dom)
      assert.ok(accepted?.includes(coding), accepted ?? 'none')
    }),
  )

withChromium(
  `it reads what rested a thousand times, byte for byte${unlessChromium}`,
  serving(async (start) => {
    const seen = deferred<string>()
    const script = `fetch('/events')
      .then((response) => response.text())
      .then((body) => fetch('/seen', { method: 'POST', body }))`
    // It prints when all of the page is there, and the picture is there when the events are.
    const page = `<!doctype html><img src="/picture"><script>${script}</script>`
    const { server } = await start(async (asked) => {
      switch (asked.target) {
        case '/':
          return stream(page, html)
        case '/events':
          return resting(asked)
        case '/seen': {
          seen.resolve(await readText(asked.body))
          return empty()
        }
        default:
          if (asked.target === '/picture') await seen.promise
          return empty({ status: 404 })
      }
    })
    await domOf(server.url)
    const found = await seen.promise
    assert.ok(found === rested, `${found.length} characters, wanted ${rested.length}`)
  }),
)

browser.run()

const gzipped = suite('compress: what is on the wire')

gzipped(
  'one ordinary gzip member, whole at the end',
  serving(async (start) => {
    const { ask } = await start(resting)
    const { content, fields } = await ask(get('/', 'accept-encoding: gzip, br'))
    assert.is(fields.get('content-encoding'), 'gzip')
    assert.is(textOf(gunzipSync(Buffer.from(content, 'latin1'))), rested)
    assert.is(content.indexOf('\x1f\x8b\x08', 1), -1)
  }),
)

gzipped.run()
