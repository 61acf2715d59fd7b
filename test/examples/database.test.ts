// @seconds 240
// @slow 20
// The example of a database: each test runs on PGlite, and on a server of its own where there is one.
import { copyFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { serve } from '@sluice/server'
import { requestUrl, text } from '@sluice/stack'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectPool, startPGlite, tables } from '../../examples/database/store.ts'
import { codeOf } from '../support/code-of.ts'
import { postgresPrograms, startPostgres, unlessPostgres } from '../support/hub/postgres-server.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { leavingNoHandles } from '../support/server/leaving-no-handles.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { DatabaseOptions } from '../../examples/database/app.ts'
import type { Connect, Row } from '../../examples/database/store.ts'
import type { PostgresServer } from '../support/hub/postgres-server.ts'
import type { RawClient } from '../support/server/raw-client.ts'
import type { Site } from '../support/server/serving.ts'

const compiled = await compiledExample('database')
const { about, app, close, database }: typeof import('../../examples/database/app.ts') =
  await import(compiled)

const threadFile = 'examples/database/pglite.js'

/** A database that the example is tried on. */
interface Tried {
  readonly name: string
  readonly connect: Connect
  ask(sql: string): Promise<readonly Row[]>
  /** Asked in the session of the example, once that has given it back. */
  askInside(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

const openLite = async (): Promise<Tried> => {
  const thread = startPGlite(pathToFileURL(threadFile))
  const connectionString = await thread.connectionString
  const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 0 })
  await pool.query(tables)
  const ask = async (sql: string) => (await pool.query(sql)).rows
  const close = async () => {
    await pool.end()
    await thread.end()
  }
  return { name: 'PGlite', connect: connectPool(pool), ask, askInside: ask, close }
}

const openServer = async (server: PostgresServer): Promise<Tried> => {
  // Connections that stay: a test is to leave no more than it found.
  const options = { ...server.address, max: 1, idleTimeoutMillis: 0, statement_timeout: 10_000 }
  const [pool, others] = [new pg.Pool(options), new pg.Pool(options)]
  for (const each of [pool, others]) each.on('error', () => {})
  await pool.query(tables)
  await others.query('select 1')
  const ask = async (sql: string) => (await others.query(sql)).rows
  const askInside = async (sql: string) => (await pool.query(sql)).rows
  const close = async () => {
    await pool.end()
    await others.end()
    await server.discard()
  }
  return { name: 'a server', connect: connectPool(pool), ask, askInside, close }
}

const server = postgresPrograms === undefined ? undefined : await startPostgres()
const tried = [await openLite(), ...(server === undefined ? [] : [await openServer(server)])]

/** The connections that the example takes: every query is noted when it begins, and those that match wait for the test. */
const watched = ({ connect }: Tried) => {
  const queries: string[] = []
  const state = { taken: 0, given: 0, running: 0 }
  let gate: { readonly pattern: RegExp; readonly open: Promise<void> } | undefined
  const watching: Connect = async () => {
    const connection = await connect()
    state.taken++
    return {
      ...connection,
      async query(sql, values = []) {
        const at = queries.push([sql.trim(), ...values].join(' ')) - 1
        if (gate?.pattern.test(sql)) await gate.open
        state.running++
        try {
          return await connection.query(sql, values)
        } catch (error) {
          queries[at] = `failed: ${queries[at]}`
          throw error
        } finally {
          state.running--
        }
      },
      release() {
        state.given++
        connection.release()
      },
    }
  }
  const hold = (pattern: RegExp): (() => void) => {
    const { promise, resolve } = deferred()
    gate = { pattern, open: promise }
    return () => {
      gate = undefined
      resolve()
    }
  }
  const count = (pattern: RegExp) => queries.filter((query) => pattern.test(query)).length
  /** For a standstill: while a query runs, it is not even equal to itself. */
  const restingAt = (pattern: RegExp) => (state.running === 0 ? count(pattern) : Number.NaN)
  return { connect: watching, queries, state, hold, count, restingAt }
}

type Watched = ReturnType<typeof watched>

/** Waits until the example has nothing open, and asserts that the database has nothing either. */
const nothingLeft = async (site: Site, of: Tried, { state, count }: Watched): Promise<void> => {
  await site.until(() => state.taken === state.given, 'the connection to be given back')
  assert.is(count(/^close/), count(/^declare/))
  assert.is(count(/^(commit|rollback)/), count(/^begin/))
  const open = await of.ask(
    `select 1 from pg_stat_activity where state like 'idle in transaction%'`,
  )
  assert.equal(open, [])
  const cursors = await of.askInside(`select name from pg_cursors where name like 'rows_%'`)
  assert.equal(cursors, [])
}

const balancesOf = async ({ ask }: Tried): Promise<string> => {
  const rows = await ask('select name, balance from sluice_database.accounts order by name')
  return rows.map(({ name, balance }) => `${name} ${balance}\n`).join('')
}

/** Where each test of accounts begins. */
const fill = ({ ask }: Tried) => ask('update sluice_database.accounts set balance = 100')
const filled = 'Ann 100\nBob 100\nCay 100\n'

const rowsTarget = (gauge: string, rows: number): string =>
  `/database?${new URLSearchParams({ gauge, rows: String(rows) })}`

const chunked = (line: string): string => `${(line.length + 1).toString(16)}\r\n${line}\n\r\n`
const chunkedEnd = '0\r\n\r\n'
const chunkedMoves = request('POST', '/database/moves', 'transfer-encoding: chunked')

/** A transaction that has done one move, and holds the connection. */
const openMoves = async (site: Site): Promise<RawClient> => {
  const client = await site.connect()
  client.send(chunkedMoves + chunked('Ann Bob 10'))
  assert.is((await readHead(client)).status, 200)
  assert.is(await readChunk(client), 'Ann 90, Bob 110\n')
  return client
}

type Trial = (site: Site, watch: Watched) => Promise<void>

/** Makes tests on one database, after which it has nothing open. */
const trying =
  (tests: ReturnType<typeof suite>, on: Tried) =>
  (title: string, run: Trial, options: DatabaseOptions = {}): void => {
    const trial = serving(async (start) => {
      await fill(on)
      const watch = watched(on)
      const site = await start(database(watch.connect, options))
      await run(site, watch)
      await nothingLeft(site, on, watch)
    })
    tests(`${title}, on ${on.name}`, trial)
  }

const rows = suite('examples: database, rows')

for (const on of tried) {
  const test = trying(rows, on)

  test('they are lines of JSON, in order, all of them', async (site) => {
    const { status, fields, content } = await site.ask(get(rowsTarget('Weser', 1234)))
    assert.is(status, 200)
    assert.is(fields.get('content-type'), 'application/x-ndjson')
    assert.match(fields.get('vary') ?? '', 'accept')
    const wanted = await on.ask(
      `select day, gauge, cm from sluice_database.levels where gauge = 'Weser' order by day desc limit 1234`,
    )
    assert.is(content, wanted.map((row) => `${JSON.stringify(row)}\n`).join(''))
  })

  test('a browser gets them as a table', async (site) => {
    const { fields, content } = await site.ask(get(rowsTarget('Oker', 250), 'accept: text/html'))
    assert.is(fields.get('content-type'), 'text/html; charset=utf-8')
    assert.match(content, /^<!doctype html>/)
    assert.is(content.match(/<tr><td>[-\d]{10}<td>Oker<td /g)?.length, 250)
    assert.ok(content.endsWith('</table><p>250 rows</p></main></html>\n'))
  })

  for (const [limit, fetches] of [
    [99, 1],
    [100, 2],
    [101, 2],
  ] as const)
    test(`${limit} rows take ${fetches} FETCH`, async (site, { count }) => {
      const { content } = await site.ask(get(rowsTarget('Elbe', limit)))
      assert.is(content.match(/\n/g)?.length, limit)
      assert.is(count(/^fetch/), fetches)
    })

  test('a batch has arrived before the next is fetched', async (site, { hold, count }) => {
    const client = await site.connect()
    const go = hold(/^fetch/)
    client.send(get(rowsTarget('Weser', 200)))
    await site.until(() => count(/^fetch/) === 1, 'the first FETCH')
    assert.is(client.text, '')
    go()
    const goOn = hold(/^fetch/)
    const head = await readHead(client)
    assert.is((await readChunk(client))?.match(/\n/g)?.length, 100)
    goOn()
    assert.is((await readContent(client, head)).content.match(/\n/g)?.length, 100)
  })

  test('values are never SQL', async (site) => {
    await on.ask(
      `insert into sluice_database.levels values ('2001-01-01', '<b>"&''</b>', 7), ('2001-01-02', ''';--', 8)`,
    )
    const ask = async (gauge: string) => (await site.ask(get(rowsTarget(gauge, 10)))).content
    assert.is(await ask(`' or true --`), '')
    assert.is(await ask(`';--`), `{"day":"2001-01-02","gauge":"';--","cm":8}\n`)
    const page = await site.ask(get(rowsTarget(`<b>"&'</b>`, 10), 'accept: text/html'))
    assert.match(page.content, '<td>&#60;b&#62;&#34;&#38;&#39;&#60;/b&#62;<td')
    assert.not.match(page.content, '<b>')
    await on.ask(`delete from sluice_database.levels where cm in (7, 8)`)
  })

  test('what cannot be asked for is a 4xx', async (site, { queries }) => {
    for (const rows of ['0', '50001', '1.5', 'x', '', '0x10', '1e3', '%0a5%20', '+5', '05'])
      assert.is((await site.ask(get(`/database?rows=${rows}`))).status, 400, rows)
    for (const target of ['/database/nonsense', '/database/moves/1', '/database2'])
      assert.is((await site.ask(get(target))).status, 404)
    assert.is((await site.ask(request('DELETE', '/database'))).fields.get('allow'), 'GET, HEAD')
    const refused = await site.ask(request('PUT', '/database/moves'))
    assert.is(refused.status, 405)
    assert.is(refused.fields.get('allow'), 'GET, HEAD, POST')
    assert.is((await site.ask(request('HEAD', '/database'))).status, 200)
    assert.equal(queries, [])
    const nul = await site.ask(get('/database?gauge=%00'))
    assert.is(nul.status, 400)
    assert.match(nul.content, 'Cannot use a value: the database refuses it')
    assert.not.match(nul.content, 'encoding')
  })

  test('a client that stalls stops the cursor, and nobody else', async (site, {
    count,
    queries,
    restingAt,
  }) => {
    const wide = 'w'.repeat(4000)
    await on.ask(
      `insert into sluice_database.levels select 'day ' || n, '${wide}', n from generate_series(1, 6000) n`,
    )
    const slow = await site.connect()
    slow.send(get(rowsTarget(wide, 6000)))
    const head = await readHead(slow)
    slow.pause()
    const fetched = await site.standstill(() => restingAt(/^fetch/))
    assert.ok(fetched < 60, `${fetched} FETCH`)
    const { content } = await site.ask(get(rowsTarget('Leine', 150)))
    assert.is(content.match(/\n/g)?.length, 150)
    assert.is(count(/^fetch/), fetched + 2)
    slow.resume()
    const all = await readContent(slow, head)
    assert.is(all.content.match(/\n/g)?.length, 6000)
    assert.is(queries.filter((query) => query.includes(wide)).length, 1)
    assert.is(count(/^fetch/), 61 + 2)
  })

  test('a client that stalls and leaves closes its cursor', async (site, { count, restingAt }) => {
    const slow = await site.connect()
    slow.send(get(rowsTarget('w'.repeat(4000), 6000)))
    await readHead(slow)
    slow.pause()
    await site.standstill(() => restingAt(/^fetch/))
    slow.reset()
    await site.until(() => count(/^close/) === 1, 'the cursor to be closed')
    await on.ask(`delete from sluice_database.levels where length(gauge) = 4000`)
  })
}

rows.run()

const queue = suite('examples: database, queue')

for (const on of tried) {
  const test = trying(queue, on)

  /** Requests that have come, in this order. */
  const waitingFor = async (
    site: Site,
    gauges: readonly string[],
  ): Promise<readonly RawClient[]> => {
    const clients: RawClient[] = []
    for (const gauge of gauges) {
      const client = await site.connect()
      client.send(get(rowsTarget(gauge, 5)))
      await site.round()
      clients.push(client)
    }
    return clients
  }

  const declared = ({ queries }: Watched) =>
    queries.filter((query) => query.startsWith('declare')).map((query) => query.split(' ').at(-2))

  test('requests wait for a transaction, and get their turns in order', async (site, watch) => {
    const holder = await openMoves(site)
    const waiting = await waitingFor(site, ['Weser', 'Aller', 'Oker', 'Elbe'])
    assert.equal(declared(watch), [])
    holder.send(chunkedEnd)
    for (const client of waiting) assert.is((await readHead(client)).status, 200)
    assert.equal(declared(watch), ['Weser', 'Aller', 'Oker', 'Elbe'])
  })

  test('who leaves the queue is not asked for', async (site, watch) => {
    const holder = await openMoves(site)
    const [one, two, three] = await waitingFor(site, ['Weser', 'Aller', 'Oker'])
    two?.reset()
    await site.until(() => site.server.connections === 3, 'the client to have left')
    holder.send(chunkedEnd)
    for (const client of [one, three])
      if (client !== undefined) assert.is((await readHead(client)).status, 200)
    assert.equal(declared(watch), ['Weser', 'Oker'])
  })

  test(
    'one more than maxRequests is a 503, until one has left',
    async (site, watch) => {
      const holder = await openMoves(site)
      const [waits] = await waitingFor(site, ['Weser'])
      const refused = await site.ask(get(rowsTarget('Aller', 5)))
      assert.is(refused.status, 503)
      assert.is(refused.fields.get('retry-after'), '1')
      assert.match(refused.content, 'Cannot answer: 2 others use the database')
      assert.equal(site.told.map(codeOf), ['DATABASE_BUSY'])
      assert.is((await site.ask(get('/database/moves'))).status, 503)
      assert.is((await site.ask(post('/database/moves', 'Ann Bob 1'))).status, 503)
      waits?.reset()
      await site.until(() => site.server.connections === 1, 'the client to have left')
      const [next] = await waitingFor(site, ['Oker'])
      holder.send(chunkedEnd)
      if (next !== undefined) assert.is((await readHead(next)).status, 200)
      assert.equal(declared(watch), ['Oker'])
    },
    { maxRequests: 2 },
  )

  test('two streams take turns, a batch each', async (site, { queries, hold, count }) => {
    const go = hold(/^declare/)
    const [one, two] = [await site.connect(), await site.connect()]
    one.send(get(rowsTarget('Weser', 250)))
    await site.until(() => queries.length === 1, 'the first')
    two.send(get(rowsTarget('Aller', 250)))
    await site.round()
    go()
    for (let fetches = 1; fetches <= 6; fetches++) {
      const goOn = hold(/^fetch/)
      await site.until(() => count(/^fetch/) === fetches, 'the next FETCH')
      // The other has sent its batch by now, and waits.
      await site.round()
      goOn()
    }
    for (const client of [one, two]) await readContent(client, await readHead(client))
    const order = queries.map((query) => /^(\w+) .*?(rows_\d+)/s.exec(query)?.slice(1).join(' '))
    const [, first] = order[0]?.split(' ') ?? []
    const [, second] =
      order
        .find((query) => query?.startsWith('declare') && !query.endsWith(` ${first}`))
        ?.split(' ') ?? []
    const turns = [`declare ${first}`, `fetch ${first}`, `declare ${second}`, `fetch ${second}`]
    assert.equal(order.slice(0, 4), turns)
    assert.equal(
      order.slice(4, 8),
      [1, 2].flatMap(() => [`fetch ${first}`, `fetch ${second}`]),
    )
  })
}

queue.run()

const moves = suite('examples: database, transactions')

for (const on of tried) {
  const test = trying(moves, on)

  test('each line is answered before the next is sent, and all are committed at the end', async (site, {
    count,
  }) => {
    const client = await openMoves(site)
    client.send(chunked('Bob Cay 110'))
    assert.is(await readChunk(client), 'Bob 0, Cay 210\n')
    assert.is(count(/^commit/), 0)
    client.send(chunkedEnd)
    assert.is(await readChunk(client), 'Committed 2.\n')
    assert.is(await readChunk(client), undefined)
    assert.is(await balancesOf(on), 'Ann 90\nBob 0\nCay 210\n')
    assert.is((await site.ask(get('/database/moves?now'))).content, 'Ann 90\nBob 0\nCay 210\n')
  })

  for (const how of ['reset', 'destroy'] as const)
    test(`when its client leaves by ${how}, all is rolled back`, async (site, { count }) => {
      const client = await openMoves(site)
      client[how]()
      await site.until(() => count(/^rollback/) === 1, 'a rollback')
      const after = await site.ask(get('/database/moves'))
      assert.is(after.content, filled)
      assert.is(count(/^commit/), 0)
      assert.equal(site.told, [])
    })

  test('content that ends early commits nothing', async (site, { count }) => {
    const client = await openMoves(site)
    client.halfClose()
    await client.takeRest()
    await site.until(() => count(/^rollback/) === 1, 'a rollback')
    assert.is(await balancesOf(on), filled)
  })

  for (const { line, status, code } of [
    { line: 'Ann Bob 101', status: 409, code: 'CONFLICT' },
    { line: 'Ann Dan 1', status: 409, code: 'CONFLICT' },
    { line: 'Dan Ann 1', status: 409, code: 'CONFLICT' },
    { line: `Ann';-- Bob 1`, status: 409, code: 'CONFLICT' },
    { line: 'Ann Ann 10', status: 422, code: 'UNPROCESSABLE_CONTENT' },
    { line: 'Ann Bob 0', status: 422, code: 'UNPROCESSABLE_CONTENT' },
    { line: 'Ann Bob -1', status: 422, code: 'UNPROCESSABLE_CONTENT' },
    { line: 'Ann Bob 1234567890', status: 422, code: 'UNPROCESSABLE_CONTENT' },
    { line: 'Ann Bob', status: 422, code: 'UNPROCESSABLE_CONTENT' },
    { line: 'A\x00n Bob 1', status: 400, code: 'BAD_REQUEST' },
    { line: 'x'.repeat(201), status: 413, code: 'LINE_TOO_LONG' },
    { line: '', status: 422, code: 'UNPROCESSABLE_CONTENT' },
  ])
    test(`${JSON.stringify(line.slice(0, 20))} as the first line is a ${status}, as a later one cuts`, async (site) => {
      const alone = await site.ask(post('/database/moves', `${line}\n`))
      assert.is(alone.status, status)
      const client = await openMoves(site)
      client.send(chunked(line))
      assert.match(
        (await client.takeRest()).toString(),
        /^[0-9a-f]+\r\nRolled back\. Cannot .*\n\r\n$/,
      )
      assert.equal(site.told.map(codeOf), [code, code])
      assert.is(await balancesOf(on), filled)
    })

  test('no content is a 422', async (site, { queries }) => {
    assert.is((await site.ask(post('/database/moves', ''))).status, 422)
    assert.equal(queries, [])
  })

  test('nothing is taken for a client that has not sent a line', async (site, { state }) => {
    const client = await site.connect()
    client.send(chunkedMoves)
    await site.round()
    assert.is(state.taken, 0)
    client.reset()
  })

  test(
    'one that takes too long is rolled back and told so, and the next has its turn',
    async (site, { count }) => {
      const client = await openMoves(site)
      const waiting = site.ask(get('/database/moves'))
      assert.match(
        (await client.takeRest()).toString(),
        /Rolled back\. Cannot go on: the transaction took more than 300 ms\n/,
      )
      assert.is((await waiting).content, filled)
      assert.is(count(/^rollback/), 1)
      assert.equal(site.told.map(codeOf), ['TRANSACTION_TIMEOUT'])
    },
    { transactionMs: 300 },
  )

  test(
    'one whose client does not read is rolled back too',
    async (site, { count, restingAt }) => {
      const client = await site.connect()
      client.pause()
      client.send(chunkedMoves)
      // Names as long as they may be: answers are larger than what the kernels take.
      const pair = chunked('Ann Bob 1') + chunked('Bob Ann 1')
      client.send(pair.repeat(400_000))
      await site.standstill(() => restingAt(/^(update|rollback)/))
      await site.until(() => count(/^rollback/) === 1, 'a rollback')
      assert.is((await site.ask(get('/database/moves'))).content, filled)
      client.reset()
    },
    { transactionMs: 1000 },
  )
}

moves.run()

const leaving = suite('examples: database, clients that leave')

/** Numbers from 0 to below `end`, the same in each run. */
const dice = (seed: number) => {
  let state = seed
  return (end: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * end)
  }
}

/** Asks for something, and leaves after some turns, wherever it is then. */
const comeAndLeave = async (site: Site, roll: (end: number) => number): Promise<void> => {
  const client = await site.connect()
  const asked = [
    get(rowsTarget('', 2000)),
    get(rowsTarget('Weser', 300), 'accept: text/html'),
    get('/database/moves'),
    chunkedMoves + chunked('Ann Bob 10').repeat(roll(4)),
  ]
  client.send(asked[roll(asked.length)] ?? '')
  if (roll(2) === 0) client.pause()
  await turn(roll(200))
  if (roll(2) === 0) client.reset()
  else client.destroy()
}

for (const on of tried)
  trying(leaving, on)(
    'leave no cursor, no transaction and no place in the queue taken',
    async (site, { count, state }) => {
      const roll = dice(16)
      for (let wave = 0; wave < 8; wave++)
        await Promise.all(Array.from({ length: 10 }, () => comeAndLeave(site, roll)))
      // However slow the database is, one of each leaves in the middle of its work.
      for (const begun of [get(rowsTarget('', 2000)), chunkedMoves + chunked('Ann Bob 10')]) {
        const client = await site.connect()
        client.send(begun)
        await readHead(client)
        client.destroy()
      }
      await site.until(
        () => site.server.connections === 0 && state.taken === state.given,
        'all to have left',
      )
      assert.ok(count(/^declare/) > 0 && count(/^begin/) > 0)
      assert.is(count(/^commit/), 0)
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => site.ask(get('/database/moves'))),
      )
      for (const { content } of answers) assert.is(content, filled)
      for (const error of site.told) assert.is(codeOf(error), 'DATABASE_BUSY')
    },
    { maxRequests: 8 },
  )

leaving.run()

const failures = suite('examples: database, failures')

failures(
  'a database that cannot be reached is a 503, and is tried again',
  serving(async (start) => {
    let isDown = true
    const site = await start(
      database(async () => {
        if (isDown) throw new Error('down')
        return { query: async () => [], isLost: () => false, release() {} }
      }),
    )
    for (const target of ['/database', '/database/moves'])
      assert.is((await site.ask(get(target))).status, 503)
    assert.is((await site.ask(post('/database/moves', 'Ann Bob 1'))).status, 503)
    isDown = false
    assert.is((await site.ask(get('/database'))).status, 200)
    assert.equal(site.told.map(codeOf), ['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
  }),
)

const thread = suite('examples: database, its thread')

/** Asks another handler again and again until something has come: how often it was answered before. */
const answersUntil = async (site: Site, hasCome: () => boolean): Promise<number> => {
  let answers = 0
  for (; !hasCome(); answers++) assert.is((await site.ask(get('/other'))).content, 'fine')
  return answers
}

thread(
  'a PGlite that does not start is a 503, and the next request tries again. Others are answered meanwhile',
  serving(async (start) => {
    const site = await start((asked) =>
      requestUrl(asked).pathname === '/other' ? text('fine') : app(asked),
    )
    // The file of the thread is not there.
    assert.is((await site.ask(get('/database/moves'))).status, 503)
    assert.equal(site.told.map(codeOf), ['UNAVAILABLE'])
    copyFileSync(threadFile, fileURLToPath(new URL('pglite.js', compiled)))
    try {
      const first = await site.connect()
      first.send(get(rowsTarget('Weser', 5)))
      const whileOpening = await answersUntil(site, () => first.text !== '')
      assert.ok(whileOpening >= 50, `${whileOpening} answers while it opened`)
      assert.is((await readHead(first)).status, 200)
      first.destroy()
      const clients: RawClient[] = []
      for (let i = 0; i < 30; i++) {
        const client = await site.connect()
        client.pause()
        client.send(get(rowsTarget('', 50_000)))
        clients.push(client)
      }
      const last = await site.connect()
      last.send(get('/database/moves'))
      const whileBusy = await answersUntil(site, () => last.text !== '')
      assert.ok(whileBusy >= 50, `${whileBusy} answers while it computed`)
      for (const client of clients) client.reset()
      await site.until(() => site.server.connections === 1, 'all to have left')
    } finally {
      await close()
    }
  }),
)

thread('a connection that does not say the key is cut, and each one begins afresh', () =>
  leavingNoHandles(async () => {
    const pglite = startPGlite(pathToFileURL(threadFile))
    const connectionString = await pglite.connectionString
    const port = Number(new URL(connectionString).port)
    const silent = await connectTo(port)
    for (const first of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x0e\0\x03\0\0user\0\0']) {
      const stranger = await connectTo(port)
      stranger.send(first)
      assert.is((await stranger.takeRest()).length, 0)
      stranger.destroy()
    }
    for (const left of ['begin; declare held cursor for select 1', 'select 1']) {
      const client = new pg.Client({ connectionString })
      await client.connect()
      assert.equal((await client.query('select name from pg_cursors')).rows, [])
      await client.query(left)
      await client.end()
    }
    silent.destroy()
    await pglite.end()
    assert.ok(pglite.hasEnded())
  }),
)

thread('a program ends on SIGTERM, also while its PGlite starts', async () => {
  for (const whileStarting of [true, false]) {
    const program = startProgram(
      process.execPath,
      ['--conditions=@sluice/source', '--import', 'tsx', 'examples/database/app.ts'],
      { env: { PORT: '0' } },
    )
    const [, url = ''] = await program.printed(/curl -N (http:\S+)$/m)
    const client = await connectTo(Number(new URL(url).port))
    client.send(get(rowsTarget('Weser', 3)))
    if (whileStarting) await turn(50)
    else await readHead(client)
    client.destroy()
    program.signal('SIGTERM')
    assert.is(await program.exited(), 0, program.output)
  }
})

thread.run()

failures(
  'a connection that the system has lost is a 503',
  serving(async (start) => {
    const query = async () => {
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    }
    const lost = { query, on() {}, removeListener() {}, release() {} }
    const pool = Object.assign(new pg.Pool(), { connect: async () => lost })
    const site = await start(database(connectPool(pool)))
    assert.is((await site.ask(get('/database'))).status, 503)
    assert.equal(site.told.map(codeOf), ['UNAVAILABLE'])
  }),
)

const onServer = tried.slice(1)
const withServer = onServer.length === 0 ? failures.skip : failures

const testServer = (
  title: string,
  run: (site: Site, watch: Watched, on: Tried) => Promise<void>,
): void =>
  withServer(
    `${title}${unlessPostgres}`,
    serving(async (start) => {
      for (const on of onServer) {
        await fill(on)
        const watch = watched(on)
        await run(await start(database(watch.connect)), watch, on)
      }
    }),
  )

const killConnection = ({ ask }: Tried) =>
  ask(`select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and backend_type = 'client backend'`)

/** The one that was lost, and what was taken in its place: a CLOSE that fails may take one more. */
const isGivenBack = ({ state }: Watched): boolean => state.given >= 2 && state.given === state.taken

testServer(
  'a lost connection cuts the rows, and the next request gets another',
  async (site, watch, on) => {
    const client = await site.connect()
    const go = watch.hold(/^fetch/)
    client.send(get(rowsTarget('Weser', 500)))
    await site.until(() => watch.count(/^fetch/) === 1, 'the first FETCH')
    go()
    const goOn = watch.hold(/^fetch/)
    await readHead(client)
    await site.until(() => watch.count(/^fetch/) === 2, 'the second FETCH')
    await killConnection(on)
    goOn()
    const rest = (await client.takeRest()).toString()
    assert.not.ok(rest.endsWith(chunkedEnd))
    assert.equal(site.told.map(codeOf), ['UNAVAILABLE'])
    assert.is((await site.ask(get(rowsTarget('Weser', 5)))).status, 200)
    await site.until(() => isGivenBack(watch), 'both connections to be given back')
  },
)

testServer('a lost connection rolls back', async (site, watch, on) => {
  const client = await openMoves(site)
  await killConnection(on)
  client.send(chunked('Ann Bob 10'))
  assert.match((await client.takeRest()).toString(), /Rolled back\. \n/)
  assert.is((await site.ask(get('/database/moves'))).content, filled)
  await site.until(() => isGivenBack(watch), 'both connections to be given back')
})

testServer('a query that takes too long is a 504', async (site, watch, on) => {
  await on.askInside('set statement_timeout = 200')
  await on.ask('begin')
  await on.ask('update sluice_database.accounts set balance = 1')
  assert.is((await site.ask(post('/database/moves', 'Ann Bob 10'))).status, 504)
  assert.equal(site.told.map(codeOf), ['QUERY_TIMEOUT'])
  await on.ask('rollback')
  await on.askInside('set statement_timeout = 10000')
  assert.is((await site.ask(post('/database/moves', 'Ann Bob 10'))).status, 200)
  await nothingLeft(site, on, watch)
})

withServer(
  `DATABASE_URL names a server, and nothing is left on it at the end${unlessPostgres}`,
  async () => {
    const { host, user, database: name } = server?.address ?? { host: '', user: '', database: '' }
    const program = startProgram(
      process.execPath,
      ['--conditions=@sluice/source', '--import', 'tsx', 'examples/database/app.ts'],
      {
        env: {
          PORT: '0',
          DATABASE_URL: `postgres://${user}@/${name}?host=${encodeURIComponent(host)}&application_name=tried`,
        },
      },
    )
    const [, url = ''] = await program.printed(/curl -N (http:\S+)$/m)
    const response = await fetch(`${url}?gauge=Weser&rows=3`)
    assert.is((await response.text()).match(/"gauge":"Weser"/g)?.length, 3)
    const ofProgram = async () =>
      (await onServer[0]?.ask(`select 1 from pg_stat_activity where application_name = 'tried'`))
        ?.length
    assert.is(await ofProgram(), 1)
    program.signal('SIGTERM')
    assert.is(await program.exited(), 0)
    assert.is(await ofProgram(), 0)
  },
)

failures.run()

const shown = suite('examples: database, by curl and in a browser')
const curl = hasProgram('curl')
const [lite] = tried

/** Serves for as long as a test takes. */
const served = async (run: (url: string) => Promise<void>): Promise<void> => {
  if (lite === undefined) return
  await fill(lite)
  const site = await serve(database(lite.connect), { port: 0 })
  try {
    await run(site.url + about.path)
  } finally {
    await site.close({ graceMs: 1 })
  }
}

const withCurl = curl ? shown : shown.skip

withCurl(`its command lines are answered${curl ? '' : ' (skipped: there is no curl here)'}`, () =>
  served(async (url) => {
    const wanted = [
      /^(\{"day":"[-\d]{10}","gauge":"\w+","cm":\d+\}\n){1000}$/,
      /^<!doctype html>[\s\S]*<p>10000 rows<\/p>/,
      /^Ann 90, Bob 110\nBob 85, Cay 125\nCommitted 2\.\n$/,
      /^Ann 90\nBob 85\nCay 125\n$/,
    ]
    const lines = about.curl(url)
    assert.is(lines.length, wanted.length)
    for (const [i, line] of lines.entries()) {
      const { code, output } = await runProcess('sh', ['-c', line.replace('curl ', 'curl -sS ')])
      assert.is(code, 0, output)
      assert.match(output, wanted[i] ?? /never/)
    }
  }),
)

const inChromium = chromium === undefined ? shown.skip : shown

inChromium(`its page shows rows, and moves amounts${unlessChromium}`, () =>
  browsing((open) =>
    served(async (url) => {
      const page = await open(`${url}?rows=5`)
      await page.fill('[name=gauge]', 'Oker')
      await page.fill('[name=rows]', '40')
      await page.click('text=Fetch')
      await seen(page, 'p', /^40 rows$/)
      assert.is(await page.locator('td', { hasText: /^Oker$/ }).count(), 40)
      await page.click('summary')
      await page.click('button >> text=Move')
      await seen(page, '[role=log]', /^Ann 90, Bob 110\nBob 85, Cay 125\nCommitted 2\.\n$/)
      await page.fill('textarea', 'Ann Bob 1\nAnn Bob 1000')
      await page.click('button >> text=Move')
      await seen(page, '[role=log]', /Rolled back: the answer was cut\./)
      await page.fill('textarea', 'Ann Bob 1000')
      await page.click('button >> text=Move')
      await seen(page, '[role=log]', /^Cannot move 1000 from Ann to Bob: no such accounts/)
    }),
  ),
)

inChromium(`everybody can use its page${unlessChromium}`, () =>
  browsing((open) =>
    served(async (url) => {
      const page = await open(`${url}?rows=5`)
      await page.click('summary')
      assert.equal(await faultsOf(page), [])
    }),
  ),
)

shown.after(async () => {
  await closeBrowser()
  for (const { close } of tried) await close()
})
shown.run()
