// A request that begins asynchronously and goes on blocking, and the reverse: the same bytes, wherever it is cut.
import { blocking, run, workerPool } from '@sluice/blocking'
import { data, fields, reader, readText } from '@sluice/body'
import { request, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { program } from '../support/blocking/program.ts'
import { watched } from '../support/bodies/sources.ts'
import { cutAt, textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { Data, Trailers } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

const secondHalf = program('second-half')
const pool = workerPool({ threads: 1 })
const work = blocking<{ first: string }>(secondHalf, { pool })

const content = 'one line\r\nhalf of ü another\nend'
const bytes = utf8(content)

/** A body that is cut into these pieces, with trailers. */
const bodyOf = (pieces: readonly Uint8Array[], later: boolean) => {
  const frames: (Data | Trailers)[] = pieces.map((piece) => data(new Uint8Array(piece)))
  frames.push({ kind: 'trailers', fields: fields({ sum: '7' }) })
  return watched(frames, { later })
}

/** A part may end within a character: each part is read as UTF-8 by itself. */
const handOver = (byteLength: number) => async (given: HttpRequest) => {
  const from = reader(given.body)
  const first = await from.readExactly(byteLength)
  return work({ ...given, body: from.rest() }, { first: textOf(first) })
}

const wantedAt = (place: number) => ({
  method: 'PUT',
  target: '/a?b',
  text: textOf(bytes.subarray(0, place)) + textOf(bytes.subarray(place)),
  sum: '7',
})

const halves = suite('an asynchronous and a blocking half')

const framings = [
  { name: 'in one frame', pieces: [bytes] },
  { name: 'byte by byte', pieces: cutAt(bytes, [...bytes.keys()]) },
  ...[...bytes.keys()].slice(1).map((place) => ({
    name: `in two frames cut at ${place}`,
    pieces: cutAt(bytes, [place]),
  })),
]

for (const { name, pieces } of framings)
  halves(`make the same result at every byte: ${name}`, async () => {
    for (let place = 0; place <= bytes.length; place++) {
      const source = bodyOf(pieces, place % 2 === 1)
      const given = { ...request('/a?b', { method: 'PUT' }), body: source.body }
      const response = await within(5000, handOver(place)(given))
      assert.equal(JSON.parse(await readText(response.body)), wantedAt(place))
      assert.ok(source.ended)
    }
  })

halves('after a line, which is how a head of content is read', async () => {
  const handler = async (given: HttpRequest) => {
    const from = reader(given.body)
    const first = (await from.readLine()) ?? ''
    return work({ ...given, body: from.rest() }, { first })
  }
  const response = await handler({ ...request('/'), body: bodyOf([bytes], false).body })
  assert.is(JSON.parse(await readText(response.body)).text, 'one linehalf of ü another\nend')
})

halves('if nothing is left: the blocking one reads the end', async () => {
  const response = await handOver(bytes.length)({
    ...request('/'),
    body: bodyOf([bytes], true).body,
  })
  assert.is(JSON.parse(await readText(response.body)).text, content)
})

halves(
  'with an error of the body between them: the blocking one throws it, and it stays itself',
  async () => {
    const error = Object.assign(new Error('the client broke'), { code: 'BROKE' })
    const source = watched([data(utf8('first rest'))], { error, later: true })
    const thrown = await rejects(() => handOver(5)({ ...request('/'), body: source.body }), 'BROKE')
    assert.is(thrown, error)
  },
)

halves('and a call of run() stands between two asynchronous ones', async () => {
  const handler = async (given: HttpRequest) => {
    const { words, bytes: found } = await run<{ words: string[]; bytes: Uint8Array }>(
      secondHalf,
      { text: await readText(given.body) },
      { pool, exportName: 'parse' },
    )
    return text(`${words.length} words, ${found.length} bytes`)
  }
  const { body } = await handler({ ...request('/'), body: bodyOf([bytes], true).body })
  assert.is(await readText(body), `5 words, ${bytes.length} bytes`)
})

halves(
  'through a server: what comes later is read where it comes, and answered at once',
  serving(async (start) => {
    const gate = new Gate()
    const lines = blocking<{ first: string; memory: SharedArrayBuffer }>(secondHalf, {
      pool,
      exportName: 'lines',
    })
    const { connect } = await start(async (given) => {
      const from = reader(given.body)
      const first = (await from.readLine()) ?? ''
      return lines({ ...given, body: from.rest() }, { first, memory: gate.memory })
    })
    const client = await connect()
    client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nte: trailers\r\n\r\n')
    client.send('8\r\nhead\nsec\r\n')
    assert.is((await readHead(client)).status, 200)
    assert.is(await readChunk(client), 'head\n')
    // The function has begun to read, and the rest has not been sent.
    await within(5000, gate.begun())
    client.send('5\r\nond\nt\r\n')
    assert.is(await readChunk(client), 'SECOND\n')
    client.send('4\r\nhird\r\n0\r\nsum: 9\r\n\r\n')
    assert.is(await readChunk(client), 'THIRD\n')
    assert.is(await readChunk(client), undefined)
    assert.is(await client.takeTo('\r\n\r\n'), 'sum: 9\r\n\r\n')
  }),
)

halves('and its threads end', () => within(10_000, pool.close()))

halves.run()
