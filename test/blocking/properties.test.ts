// Made-up functions against made-up clients: every request comes to its end, with the outcome that its steps say.
import { blocking, workerPool } from '@sluice/blocking'
import { BodyError } from '@sluice/body'
import { propertyOf } from '@sluice/body/engine'
import { request } from '@sluice/stack'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { codeOf } from '../support/code-of.ts'
import { holds, runsFor } from '../support/holds.ts'
import { turn, within } from '../support/within.ts'
import type { HttpRequest, HttpResponse } from '@sluice/stack'

const pool = workerPool({ threads: 2 })

interface Step {
  readonly does: 'begin' | 'write' | 'flush' | 'read' | 'spin' | 'throw' | 'exit'
  readonly count: number
}

/** The content of a request: pieces, some of which wait; then perhaps an error. */
interface Sent {
  readonly pieces: readonly number[]
  readonly fails: boolean
}

/** What a client does: reads all, closes the body after some frames, or leaves then. */
interface Client {
  readonly does: 'reads' | 'closes' | 'leaves'
  readonly frames: number
  readonly isSlow: boolean
}

interface Outcome {
  readonly status: number | undefined
  readonly content: string
  /** How it ended: `ok`, or the code of its error. */
  readonly end: unknown
}

const own = new BodyError('BODY_INVALID', 'made up content')

/** What a client gets that reads to the end. */
const expectedOf = (steps: readonly Step[], { pieces, fails }: Sent): Outcome => {
  let left = pieces.reduce((sum, each) => sum + each, 0)
  let status: number | undefined
  let content = ''
  const ended = (end: unknown): Outcome => ({ status, content, end })
  for (const { does, count } of steps) {
    if (does === 'throw') return ended('MADE_UP')
    if (does === 'exit') return ended('WORKER_DIED')
    if (does === 'begin') status = 201
    if (does === 'write' && status !== undefined)
      content += Buffer.alloc(count, count & 255).toString('latin1')
    if (does !== 'read') continue
    if (count > left) return ended(fails ? 'BODY_INVALID' : 'BODY_ENDED_EARLY')
    left -= count
  }
  if (status !== undefined) return ended('ok')
  return { status: 200, content: 'returned', end: 'ok' }
}

async function* sentBy({ pieces, fails }: Sent) {
  for (const piece of pieces) {
    if (piece % 3 === 0) await turn()
    if (piece > 0) yield { kind: 'data' as const, bytes: new Uint8Array(piece) }
  }
  if (fails) throw own
}

const play = async (response: Promise<HttpResponse>, client: Client, leave: () => void) => {
  let status: number | undefined
  let content = ''
  let frames = 0
  try {
    const head = await response
    status = head.status
    for await (const frame of head.body) {
      if (frame.kind === 'data') content += Buffer.from(frame.bytes).toString('latin1')
      if (client.isSlow) await turn()
      if (++frames < client.frames) continue
      if (client.does === 'closes') return { status, content, end: 'closed' }
      if (client.does === 'leaves') leave()
    }
    return { status, content, end: 'ok' }
  } catch (error) {
    if (codeOf(error) === 'BODY_INVALID') assert.is(error, own)
    return { status, content, end: codeOf(error) }
  }
}

const step = fc.record<Step>({
  does: fc.constantFrom('begin', 'begin', 'write', 'write', 'write', 'flush', 'read', 'spin'),
  count: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 300_000 })),
})

const last = fc.record<Step>({
  // A thread takes long to start: few end theirs.
  does: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom<Step['does']>('flush', 'throw') },
    { weight: 1, arbitrary: fc.constant<Step['does']>('exit') },
  ),
  count: fc.constant(0),
})

const steps = fc
  .tuple(fc.array(step, { maxLength: 8 }), fc.option(last, { nil: undefined }))
  .map(([some, end]) => (end === undefined ? some : [...some, end]))

const sent = fc.record<Sent>({
  pieces: fc.array(
    fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ max: 200_000, min: 0 })),
    {
      maxLength: 6,
    },
  ),
  fails: fc.boolean(),
})

const client = fc.record<Client>({
  does: fc.constantFrom('reads', 'reads', 'closes', 'leaves'),
  frames: fc.integer({ min: 1, max: 5 }),
  isSlow: fc.boolean(),
})

/** How many memories the pool holds for later requests. */
const freeMemories = () => propertyOf(propertyOf(pool, 'memories'), 'free')

const properties = suite('any blocking function')

const work = blocking<object>(program('scripted'), { pool })

const started = (given: HttpRequest, doing: readonly Step[], how: Client) => {
  const leaving = new AbortController()
  const gone = new BodyError('READER_GONE', 'Cannot write: made up')
  const leave = () => leaving.abort(gone)
  // One that leaves before the head, or before it is begun.
  if (how.does === 'leaves' && how.frames === 5) setImmediate(leave)
  const response = work(
    { ...given, client: { ...given.client, signal: leaving.signal } },
    { steps: doing },
  )
  return play(response, how, leave)
}

properties('and any client come to the end that their steps say', () =>
  holds(
    fc.asyncProperty(steps, sent, client, async (doing, content, how) => {
      const given = request('/', { method: 'POST', body: sentBy(content) })
      const found = await within(10_000, started(given, doing, how))
      const wanted = expectedOf(doing, content)
      if (how.does === 'reads' || found.end === 'ok') assert.equal(found, wanted)
      else assert.ok(['closed', 'READER_GONE', wanted.end].includes(found.end), `${found.end}`)
      assert.ok(wanted.content.startsWith(found.content))
      // Whatever has become of the client, the function ends.
      const begun = performance.now()
      while (pool.running > 0 && performance.now() - begun < 10_000) await turn()
      assert.is(pool.running, 0)
      // One is used again and again: V8 would collect them much too late.
      const free = freeMemories()
      assert.ok(free === 1 || (free === 0 && wanted.end === 'WORKER_DIED'), `${free} free`)
    }),
    200,
  ),
)

properties.run()

const wakes = suite('small messages in both directions')

/** Pieces that come at once, or after a turn. */
async function* trickle(count: number) {
  let seed = 7
  for (let i = 0; i < count; i++) {
    seed = (seed * 48_271) % 2_147_483_647
    if (seed % 3 === 0) await turn()
    yield { kind: 'data' as const, bytes: new Uint8Array(1 + (seed % 5)).fill(i & 255) }
  }
}

const bytesOf = async (count: number) => {
  let bytes = 0
  for await (const frame of trickle(count)) bytes += frame.bytes.length
  return bytes
}

wakes('are never waited for in vain', async () => {
  const mirrors = blocking<object>(program('scripted'), { pool, exportName: 'mirrors' })
  const count = runsFor(5000)
  const { body } = await mirrors(request('/', { method: 'POST', body: trickle(count) }), {
    most: 3,
  })
  let bytes = 0
  const iterator = body[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await within(10_000, iterator.next())
    if (done) break
    if (value.kind === 'data') bytes += value.bytes.length
    if (bytes % 11 === 0) await turn()
  }
  assert.is(bytes, await bytesOf(count))
})

wakes('and the threads end', () => within(10_000, pool.close()))

wakes.run()
