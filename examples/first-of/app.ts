// The address of a name, a time, or a word of another request: whatever comes first wins, and nothing is left of the others.
import { randomUUID } from 'node:crypto'
import { proxyHints } from '@sluice/flush'
import { firstOf, sleep, until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { dnsLookUp } from './look-up.ts'
import { lookUpHere } from './name-server.ts'
import { asPage, asText } from './page.ts'
import type { Frame } from '@sluice/body'
import type { Client, Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { LookUp } from './look-up.ts'
import type { View } from './page.ts'

export const about = {
  path: '/first-of',
  line: 'a page that waits for a DNS look-up, a timer and a signal: the first wins, the others are cancelled',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/quick.example`,
    `curl -N ${url}/slow.example`,
    `curl -X POST ${url}/ID  # with the ID that the second one shows, in its five seconds`,
  ],
}

export interface WaitOptions {
  /** Milliseconds after which nobody waits any more: 5,000 by default. */
  readonly waitMs?: number
}

export const firstOfPage = (lookUp: LookUp, { waitMs = 5000 }: WaitOptions = {}): Handler => {
  /** The signals that other requests can give, by the ID of the page. */
  const signals = new Map<string, AbortController>()

  async function* page(name: string, client: Client, view: View): AsyncGenerator<string | Frame> {
    const id = randomUUID()
    const signal = new AbortController()
    const over = new AbortController()
    const first = until(
      firstOf(
        lookUp(name, over.signal),
        sleep(waitMs),
        until(signal.signal, 'abort'),
        until(client.draining, 'abort'),
      ),
      // When the client leaves, it is cancelled with all that it waits for.
      { signal: client.signal },
    )
    // A look-up that fails is no error of the page.
    const settled = first.then(nothing, nothing)
    try {
      signals.set(id, signal)
      yield view.begin({ path: about.path, id, name, waitMs })
      yield { kind: 'pause', until: settled }
      const found = await first
      if (found === undefined) yield view.won('timer', `${waitMs} ms are over`)
      else if (!('type' in found)) yield view.won('look-up', `${name} is at ${found.join(', ')}`)
      else if (signal.signal.aborted) yield view.won('signal', 'there was a signal')
      else yield view.won('signal', 'the server is closing')
    } catch (error) {
      client.signal.throwIfAborted()
      yield view.won('look-up', `${name} has no address: ${codeOf(error)}`)
    } finally {
      // However it ended, also if the client has left in the pause.
      first.cancel()
      over.abort()
      signals.delete(id)
    }
  }

  const wait = ({ client, headers }: HttpRequest, name: string): HttpResponse => {
    if (!/^(?=.{1,253}$)[\w-]{1,63}(\.[\w-]{1,63})*$/.test(name))
      throw new HttpError('NOT_FOUND', 'Cannot look up the name: wanted one such as slow.example')
    const view = headers.get('accept')?.includes('text/html') === true ? asPage : asText
    return stream(page(name, client, view), {
      headers: { 'content-type': `${view.type}; charset=utf-8`, vary: 'accept' },
    })
  }

  const give = (id: string): HttpResponse => {
    const signal = signals.get(id)
    if (signal === undefined)
      throw new HttpError(
        'NOT_FOUND',
        'Cannot give the signal: found no page that waits by this ID',
      )
    signal.abort()
    return text('Given.\n')
  }

  return stack(proxyHints())((request) => {
    const last = requestUrl(request).pathname.slice(about.path.length + 1)
    switch (request.method) {
      case 'POST':
        return give(last)
      case 'GET':
      case 'HEAD':
        return wait(request, last || 'slow.example')
      default:
        return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
    }
  })
}

const nothing = (): void => {}

/** The code of `node:dns`, such as ENOTFOUND. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'it failed'

/** A name server on this machine. With `DNS=system`, those of the system. */
export const app: Handler = firstOfPage(process.env.DNS === 'system' ? dnsLookUp() : lookUpHere)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
