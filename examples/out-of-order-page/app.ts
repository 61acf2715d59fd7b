// A page whose shell is sent at once. Its sections follow in the order in which they are ready, and each is shown at its own place.
import { compress } from '@sluice/compress'
import { proxyHints } from '@sluice/flush'
import { until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import { load as loadHere } from './load.ts'
import { end, failed, loaded, shell } from './page.ts'
import type { Handler } from '@sluice/stack'
import type { Output } from '@sluice/write-buffering'

export const about = {
  path: '/out-of-order-page',
  line: 'a page whose sections arrive in the order in which they are ready, each at its place, without JavaScript',
  curl: (url: string): readonly string[] => [`curl -N --compressed ${url}`],
}

/** Loads the rows of a section; gives up when the signal aborts. */
export type Load = (section: string, signal: AbortSignal) => PromiseLike<readonly string[]>

const sections = ['Rivers', 'Locks', 'Weirs', 'Tides']

export interface PageOptions {
  /** Milliseconds that a section may take: 3,000 by default. */
  readonly timeoutMs?: number
  /** Gets each error that is shown in the place of a section: the client does not learn its message. */
  readonly report?: (section: string, error: unknown) => void
}

const print = (section: string, error: unknown): void =>
  console.error('Cannot load %s:', section, error)

/** Loads all sections at the same time. */
export const outOfOrderPage = (
  load: Load,
  { timeoutMs = 3000, report = print }: PageOptions = {},
): Handler => {
  const htmlOf = async (section: string, signal: AbortSignal): Promise<string> => {
    const over = new AbortController()
    try {
      return loaded(section, await until(load(section, over.signal), { timeoutMs, signal }))
    } catch (error) {
      // The client has left.
      if (signal.aborted) throw error
      report(section, error)
      return failed(section, error)
    } finally {
      // Stops the load, if it has not ended.
      over.abort(signal.reason)
    }
  }

  const writePage = async (out: Output, signal: AbortSignal): Promise<void> => {
    out.write(shell(sections))
    out.flush()
    const writeSection = async (section: string): Promise<void> => {
      await out.write(await htmlOf(section, signal))
      await out.flush()
    }
    await Promise.all(sections.map(writeSection))
    await out.write(end)
  }

  return stack(
    proxyHints(),
    compress(),
  )((request) => {
    if (requestUrl(request).pathname !== about.path)
      throw new HttpError('NOT_FOUND', 'Cannot find the page')
    const { method, client } = request
    if (method !== 'GET' && method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
    // `client.signal` aborts when the client leaves: then all loads stop.
    const work = (out: Output): Promise<void> => writePage(out, client.signal)
    // `wait`: there are several writers, and each waits for its own writes.
    const body = writing(work, { policy: 'wait' })
    return stream(body, { headers: { 'content-type': 'text/html; charset=utf-8' } })
  })
}

export const app: Handler = outOfOrderPage(loadHere)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
