// A CSV import in plain synchronous code, beside a feed of events that it does not disturb.
import { blocking } from '@sluice/blocking'
import { reader } from '@sluice/body'
import { sleep } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { events } from '@sluice/sse'
import { HttpError, html, text } from '@sluice/stack'
import { page } from './page.ts'
import type { SourceItem } from '@sluice/sse'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/csv-import',
  line: 'a CSV import in synchronous code on a worker thread, beside events that it does not delay',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `(echo id,amount; seq 3000000 | sed 's/$/,1/') | curl -NT - ${url}`,
  ],
}

/** Worker threads load JavaScript: Node 20 runs no TypeScript there. */
const importRows = blocking<{ readonly amount: number }>(
  new URL('./import-rows.js', import.meta.url),
  { exportName: 'importRows', threads: 2 },
)

/** Begins asynchronously: the first line decides what becomes of the rest, and a thread is taken only then. */
const startImport = async (request: HttpRequest): Promise<HttpResponse> => {
  const from = reader(request.body)
  const columns = (await from.readLine())?.split(',') ?? []
  const amount = columns.indexOf('amount')
  if (amount === -1)
    throw new HttpError('UNPROCESSABLE_CONTENT', 'Cannot import: found no column amount')
  return importRows({ ...request, body: from.rest() }, { amount })
}

/** Ten times a second, and by how much each event was late. */
async function* clock(): AsyncGenerator<SourceItem> {
  for (let due = Date.now(); ; due += 100) {
    yield { data: JSON.stringify({ lateMs: Date.now() - due }) }
    const next = sleep(due + 100 - Date.now())
    yield { kind: 'pause', until: next }
  }
}

export const app: Handler = (request) => {
  if (request.method === 'PUT' || request.method === 'POST') return startImport(request)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text('', { status: 405, headers: { allow: 'GET, HEAD, PUT, POST' } })
  const vary = { headers: { vary: 'accept' } }
  return request.headers.get('accept')?.includes('text/html') === true
    ? html(page, vary)
    : events(clock(), { client: request.client, ...vary })
}

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, {
    port: Number(process.env.PORT ?? 8080),
    requestTimeoutMs: 24 * 3_600_000,
  })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
