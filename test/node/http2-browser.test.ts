// @slow 8
// A browser over HTTP/2, which it wants for uploads by a streaming `fetch`: each direction arrives while it is sent.
import { readText, toBody } from '@sluice/body'
import { flush } from '@sluice/flush'
import { empty, html, requestUrl, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { browse, chromium, unlessChromium } from '../support/repository/chromium.ts'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { deferred, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

/** How long the browser may take, ms. */
const bound = 60_000

const browser = suite('http2: a browser')
const withChromium = chromium === undefined ? browser.skip : browser

/** What a page does. It tells the server all that it saw. */
const pageOf = (script: string) => `<!doctype html><title>upload</title><script type="module">
const seen = []
const encoder = new TextEncoder()
try {
  ${script}
} catch (error) {
  seen.push(String(error))
}
await fetch('/seen', { method: 'POST', body: JSON.stringify(seen) })
</script>`

/** Events by name. Each is told once, by the server or by a request of the page, and can be waited for by both. */
class Events {
  readonly #events = new Map<string, ReturnType<typeof deferred<void>>>()
  readonly told: string[] = []

  of(name: string) {
    const event = this.#events.get(name) ?? deferred()
    this.#events.set(name, event)
    return event.promise
  }

  tell(name: string): void {
    this.told.push(name)
    void this.of(name)
    this.#events.get(name)?.resolve()
  }
}

/** A site whose page waits for an event by asking for `/after/NAME`, and tells one by `/tell/NAME`. */
const siteOf = (script: string, upload: (request: HttpRequest) => HttpResponse, events: Events) => {
  const seen = deferred<readonly string[]>()
  const handler: Handler = async (request) => {
    const [, first, name = ''] = requestUrl(request).pathname.split('/')
    switch (first) {
      case '':
        return html(pageOf(script))
      case 'upload':
        return upload(request)
      case 'after':
        await events.of(name)
        return text(name)
      case 'tell':
        events.tell(name)
        return text(name)
      case 'seen':
        seen.resolve(JSON.parse(await readText(request.body)))
        return text('thanks')
      default:
        return empty({ status: 404 })
    }
  }
  return { handler, seen: within(bound, seen.promise) }
}

const uploading = `
  let controller
  const body = new ReadableStream({ start: (given) => { controller = given } })
  controller.enqueue(encoder.encode('one'))
  const answer = fetch('/upload', { method: 'POST', body, duplex: 'half' })
  await fetch('/after/one')
  await fetch('/tell/sends two')
  controller.enqueue(encoder.encode('two'))
  controller.close()
  const response = await answer
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  seen.push((await reader.read()).value)
  await fetch('/tell/read')
  for (let part = await reader.read(); !part.done; part = await reader.read()) seen.push(part.value)
`

withChromium(
  `the server reads the first part of an upload before the page sends the second, and streams back${unlessChromium}`,
  servingHttp2(async (start) => {
    const events = new Events()
    async function* back({ body }: HttpRequest): AsyncGenerator<string | Frame> {
      let bytes = 0
      for await (const frame of body) {
        if (frame.kind !== 'data') continue
        bytes += frame.bytes.length
        events.tell(Buffer.from(frame.bytes).toString())
      }
      yield `${bytes} bytes`
      yield flush
      await events.of('read')
      yield 'the rest'
    }
    let version: string | undefined
    const upload = (request: HttpRequest) => {
      version = request.version
      return stream(back(request))
    }
    const { handler, seen } = siteOf(uploading, upload, events)
    const site = await start(handler, { secure: true })
    assert.equal(await browse(`${site.url}/`, seen), ['6 bytes', 'the rest'])
    assert.equal(events.told, ['one', 'sends%20two', 'two', 'read'])
    assert.is(version, '2')
    assert.equal(site.told, [])
  }),
)

const leaving = `
  const controller = new AbortController()
  const body = new ReadableStream({ start: (given) => given.enqueue(encoder.encode('one')) })
  const { signal } = controller
  const answer = fetch('/upload', { method: 'POST', body, duplex: 'half', signal })
  await fetch('/after/one')
  controller.abort()
  seen.push(await answer.catch(({ name }) => name))
  await fetch('/after/left')
  seen.push(await (await fetch('/after/one')).text())
`

// Chromium ends the content of such an upload (END_STREAM) before it resets the stream: only the signal says that it was aborted.
withChromium(
  `a page aborts its upload: the signal aborts, and the connection serves the next request${unlessChromium}`,
  servingHttp2(async (start) => {
    const events = new Events()
    async function* back({ body, client }: HttpRequest): AsyncGenerator<string> {
      const aborted = new Promise<void>((resolve) => {
        client.signal.addEventListener('abort', () => {
          events.tell('aborted')
          resolve()
        })
      })
      try {
        for await (const frame of body) {
          if (frame.kind === 'data') events.tell(Buffer.from(frame.bytes).toString())
        }
      } finally {
        await aborted
        events.tell('left')
      }
    }
    const { handler, seen } = siteOf(leaving, (request) => stream(back(request)), events)
    const site = await start(handler, { secure: true })
    assert.equal(await browse(`${site.url}/`, seen), ['AbortError', 'one'])
    assert.equal(events.told, ['one', 'aborted', 'left'])
    assert.equal(site.told, [])
  }),
)

withChromium(
  `it acts on the shell before the rest is produced${unlessChromium}`,
  servingHttp2(async (start) => {
    const asked = deferred()
    const seen = deferred<string>()
    async function* shell(): AsyncGenerator<string | Frame> {
      yield '<!doctype html><img src="/asked">'
      yield flush
      await asked.promise
      yield '<script>fetch("/seen", { method: "POST", body: document.images.length })</script>'
    }
    const site = await start(
      async ({ target, body }) => {
        if (target === '/asked') asked.resolve()
        if (target === '/seen') seen.resolve(await readText(body))
        if (target !== '/') return empty()
        return stream(toBody(shell()), { headers: { 'content-type': 'text/html' } })
      },
      { secure: true },
    )
    assert.is(await browse(`${site.url}/`, within(bound, seen.promise)), '1')
    assert.equal(site.told, [])
  }),
)

browser.run()
