// SQLite queried synchronously on worker threads, and its rows streamed as lines of JSON.
import { blocking } from '@sluice/blocking'
import { compress } from '@sluice/compress'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, html, requestUrl, stack, text } from '@sluice/stack'
import { page } from './page.ts'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/sqlite',
  line: 'a query of SQLite in synchronous code on a worker thread, its rows streamed, compressed',
  curl: (url: string): readonly string[] => [`curl -N --compressed ${url}/3`],
}

/** Worker threads load JavaScript: Node 20 runs no TypeScript there. */
const measuredAt = blocking<{ readonly station: string }>(new URL('./query.js', import.meta.url), {
  exportName: 'measuredAt',
  threads: 2,
  timeoutMs: 10_000,
})

export const app: Handler = stack(compress())((request) => {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
  const number = requestUrl(request).pathname.slice(about.path.length + 1)
  if (number === '') return html(page(about.path))
  if (!/^\d+$/.test(number)) throw new HttpError('NOT_FOUND', 'Cannot find the station')
  return measuredAt(request, { station: `station ${number}` })
})

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
