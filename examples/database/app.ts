// A database behind one connection: rows while a cursor fetches them, a queue of requests, a transaction as long as its content.
import { compress } from '@sluice/compress'
import { flush, proxyHints } from '@sluice/flush'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { moves } from './moves.ts'
import { pageEnd, pageStart, tableRow } from './page.ts'
import { fetchRows } from './rows.ts'
import { close, connect } from './store.ts'
import { Turns } from './turns.ts'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Asked } from './page.ts'
import type { Connect, Row } from './store.ts'

export const about = {
  path: '/database',
  line: 'a database behind one connection: rows as they are fetched, a queue, a transaction',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -N -H 'accept: text/html' '${url}?gauge=Weser&rows=50000'`,
    `(echo Ann Bob 10; sleep 1; echo Bob Cay 25) | curl -N -X POST -T - ${url}/moves`,
    `curl ${url}/moves`,
  ],
}

interface Format {
  readonly accept: string
  readonly type: string
  readonly write: (
    batches: AsyncIterable<readonly Row[]>,
    asked: Asked,
  ) => AsyncIterable<string | Frame>
}

/** A batch leaves when it is fetched. The next one is fetched when the client has taken enough. */
const byRow = (line: (row: Row) => string): Format['write'] =>
  async function* (batches) {
    for await (const rows of batches) {
      yield rows.map(line).join('')
      yield flush
    }
  }

const asPage: Format['write'] = async function* (batches, asked) {
  let count = 0
  // The first batch decides the status, so the page begins with it.
  let before = pageStart(about.path, asked)
  for await (const rows of batches) {
    yield before + rows.map(tableRow).join('')
    yield flush
    before = ''
    count += rows.length
  }
  yield pageEnd(count)
}

const jsonLines: Format = {
  accept: 'application/x-ndjson',
  type: 'application/x-ndjson',
  write: byRow((row) => `${JSON.stringify(row)}\n`),
}

/** The first that Accept names, else lines of JSON. A format of yours is one more. */
const formats: readonly Format[] = [
  jsonLines,
  { accept: 'text/html', type: 'text/html; charset=utf-8', write: asPage },
]

const formatFor = ({ headers }: HttpRequest): Format =>
  formats.find(({ accept }) => headers.get('accept')?.includes(accept)) ?? jsonLines

const levels = `select day, gauge, cm from sluice_database.levels
  where $1 = '' or gauge = $1 order by day desc, gauge limit $2`

export interface DatabaseOptions {
  /** How many requests may wait for the connection, or have a cursor open; 100 by default. */
  readonly maxRequests?: number
  /** How long a transaction may hold the connection, in milliseconds; 30,000 by default. */
  readonly transactionMs?: number
}

export const database = (
  connection: Connect,
  { maxRequests = 100, transactionMs = 30_000 }: DatabaseOptions = {},
): Handler => {
  const turns = new Turns(connection, maxRequests)

  const rows = (request: HttpRequest): HttpResponse => {
    const { searchParams } = requestUrl(request)
    const gauge = searchParams.get('gauge') ?? ''
    const wanted = searchParams.get('rows') ?? '1000'
    const limit = Number(wanted)
    // Number takes 0x10, 1e3 and spaces as well.
    if (!/^[1-9]\d{0,4}$/.test(wanted) || limit > 50_000)
      throw new HttpError('BAD_REQUEST', 'Cannot fetch: wanted rows from 1 to 50000')
    const batches = fetchRows(turns, levels, [gauge, limit], request.client.signal)
    const { type, write } = formatFor(request)
    return stream(write(batches, { gauge, rows: limit }), {
      headers: { 'content-type': type, vary: 'accept' },
    })
  }

  const balances = async ({ client }: HttpRequest): Promise<HttpResponse> => {
    const select = 'select name, balance from sluice_database.accounts order by name'
    let lines = ''
    for await (const rows of fetchRows(turns, select, [], client.signal))
      for (const { name, balance } of rows) lines += `${name} ${balance}\n`
    return text(lines)
  }

  return stack(
    proxyHints(),
    compress(),
  )((request) => {
    const { pathname } = requestUrl(request)
    const isMoves = pathname === `${about.path}/moves`
    if (!isMoves && pathname !== about.path)
      throw new HttpError('NOT_FOUND', 'Cannot find the page')
    switch (request.method) {
      case 'POST':
        if (isMoves) return stream(moves(turns, transactionMs, request), { headers: plain })
        break
      case 'GET':
      case 'HEAD':
        return isMoves ? balances(request) : rows(request)
    }
    const allow = isMoves ? 'GET, HEAD, POST' : 'GET, HEAD'
    return text('', { status: 405, headers: { allow } })
  })
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

export const app: Handler = database(connect)

/** Closes the database, if a request has opened it. */
export { close } from './store.ts'

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  server.closed.then(close)
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
