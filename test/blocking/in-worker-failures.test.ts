// A filter on a worker thread that fails: what the reader gets, that the source is closed once, and that the thread goes on or is replaced.
import { inWorker, workerPool } from '@sluice/blocking'
import { data, isData, readText, toBody } from '@sluice/body'
import { pullFrom, quiet } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gate } from '../support/blocking/gate.ts'
import { idle } from '../support/blocking/idle.ts'
import { program } from '../support/blocking/program.ts'
import { record } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'
import type { InWorkerOptions } from '@sluice/blocking'
import type { AnyFrame } from '@sluice/body'

const filters = program('filters')
const pool = workerPool({ threads: 1, timeoutMs: 200 })
const filterOf = (exportName: string, options: InWorkerOptions = {}) =>
  inWorker(filters, { pool, exportName, ...options })

const textsOf = (texts: readonly string[]) => watched(texts.map((text) => data(utf8(text))))

const fails = suite('inWorker fails')

const failures = [
  {
    by: 'an error of a step',
    exportName: 'unruly',
    text: 't',
    code: 'TOO_MUCH',
    message: /too much/,
  },
  {
    by: 'a promise',
    exportName: 'unruly',
    text: 'p',
    code: 'WOULD_WAIT',
    message: /found a promise/,
  },
  {
    by: 'an async generator',
    exportName: 'unruly',
    text: 'g',
    code: 'WOULD_WAIT',
    message: /found an async iterable/,
  },
  {
    by: 'a promise among its pieces',
    exportName: 'unruly',
    text: 'q',
    code: 'WOULD_WAIT',
    message: /found a promise/,
  },
  {
    by: 'a string',
    exportName: 'unruly',
    text: 's',
    code: 'WORKER_RESULT_INVALID',
    message: /found a string/,
  },
  {
    by: 'pieces that are strings',
    exportName: 'unruly',
    text: 'i',
    code: 'WORKER_RESULT_INVALID',
    message: /found a string/,
  },
  {
    by: 'an export that throws',
    exportName: 'throwsAtOnce',
    text: 'a',
    code: 'NO_START',
    message: /cannot begin/,
  },
  {
    by: 'an export that makes no steps',
    exportName: 'noSteps',
    text: 'a',
    code: 'WORKER_RESULT_INVALID',
    message: /a function data/,
  },
  {
    by: 'an asynchronous export',
    exportName: 'promised',
    text: 'a',
    code: 'WOULD_WAIT',
    message: /found the async function promised/,
  },
  {
    by: 'an export that returns a promise',
    exportName: 'promises',
    text: 'a',
    code: 'WOULD_WAIT',
    message: /found a promise/,
  },
  {
    by: 'an export that is an async generator',
    exportName: 'generated',
    text: 'a',
    code: 'WOULD_WAIT',
    message: /found an async iterable/,
  },
  {
    by: 'an export that is not there',
    exportName: 'absent',
    text: 'a',
    code: 'WORKER_MODULE_INVALID',
    message: /found undefined/,
  },
  {
    by: 'a step that closes',
    exportName: 'closesBadly',
    text: 'a',
    code: 'NO_CLOSE',
    message: /cannot close/,
  },
]

for (const { by, exportName, text, code, message } of failures)
  fails(`by ${by}, with ${code}, and the thread goes on`, async () => {
    const open = await opened()
    const source = textsOf([text, 'more'])
    const error = await within(
      5000,
      rejects(() => readText(filterOf(exportName)(source.body)), code),
    )
    assert.match(error.message, message)
    assert.is(source.closes + Number(source.ended), 1)
    assert.is(await open.next('still here'), 'still here')
    await open.close()
  })

/** A body that is being filtered meanwhile. */
const opened = async (exportName = 'default') => {
  const source = handFed<AnyFrame>()
  const reading = pullFrom(filterOf(exportName)(source.body))
  const next = async (text: string) => {
    const pulled = Promise.resolve(reading.pull())
    source.give(data(utf8(text)))
    const frame = await within(10_000, pulled)
    return frame !== undefined && isData(frame) ? textOf(frame.bytes) : frame?.kind
  }
  await next('first')
  const close = async () => {
    await reading.close()
    await idle(pool)
  }
  return { source, reading, next, close }
}

fails('with the error of the source, after what came before it', async () => {
  const error = new Error('the source broke')
  const frames = Array.from({ length: 20 }, () => data(utf8('ab')))
  const { bytes, end } = await within(
    5000,
    record(filterOf('doubled')(watched(frames, { error }).body)),
  )
  assert.is(textOf(bytes), 'aabb'.repeat(20))
  assert.is(end?.error, error)
})

for (const { letter, what, code, others } of [
  { letter: 'l', what: 'a step that never returns', code: 'WORKER_TIMEOUT', others: 'WORKER_DIED' },
  { letter: 'e', what: 'process.exit()', code: 'WORKER_DIED', others: 'WORKER_DIED' },
])
  fails(
    `by ${what}, and with it the bodies on its thread; the next has another thread`,
    async () => {
      const open = await opened()
      const pending = quiet(Promise.resolve(open.reading.pull()))
      const source = textsOf(['fine', letter, 'never'])
      const filtered = await within(10_000, record(filterOf('unruly')(source.body)))
      assert.is(textOf(filtered.bytes), 'fine')
      await rejects(() => Promise.reject(filtered.end?.error), code)
      assert.is(source.closes + Number(source.ended), 1)
      await rejects(() => within(5000, pending), others)
      assert.is(open.source.closes, 1)
      await idle(pool)
      assert.is(await within(10_000, readText(filterOf('upper')(toBody('next')))), 'NEXT')
      await idle(pool)
    },
  )

fails('with WORKER_BUSY if no thread is free in time', async () => {
  const narrow = workerPool({ threads: 1, timeoutMs: 200 })
  const gate = new Gate()
  const gated = inWorker(filters, { pool: narrow, exportName: 'gated', values: gate.memory })
  const closed = pullFrom(gated(toBody('closed')))
  const unread = Promise.resolve(closed.pull())
  await within(5000, gate.begun())
  await closed.close()
  await unread
  const sent: unknown[] = []
  const source = watched<AnyFrame>([flushTo(sent)])
  const body = inWorker(filters, { pool: narrow })(source.body)
  const error = await rejects(() => within(5000, readText(body)), 'WORKER_BUSY')
  assert.is(error.status, 503)
  assert.match(error.message, /^Cannot filter the body: no thread was free for 200 ms/)
  assert.equal([source.closes, sent.length], [1, 1])
  gate.open()
  await within(5000, narrow.close())
})

const flushTo = (sent: unknown[]): AnyFrame => {
  const frame: AnyFrame & { readonly sent: unknown } = {
    kind: 'flush',
    sent: (lost: unknown) => sent.push(lost),
  }
  return frame
}

fails('with WORKER_DIED if the pool is closed before its end', async () => {
  const narrow = workerPool({ threads: 1 })
  const source = handFed<AnyFrame>()
  const reading = pullFrom(inWorker(filters, { pool: narrow })(source.body))
  const first = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  await within(5000, first)
  const next = quiet(Promise.resolve(reading.pull()))
  await within(5000, narrow.close({ graceMs: 0 }))
  await rejects(() => within(5000, next), 'WORKER_DIED')
  assert.is(source.closes, 1)
  await rejects(() => readText(inWorker(filters, { pool: narrow })(toBody('x'))), 'WORKER_BUSY')
})

fails('by an error of null behind its step, which no time-out would end', async () => {
  const source = handFed<AnyFrame>()
  const reading = pullFrom(filterOf('throwsNull')(source.body))
  const first = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  const frame = await within(5000, first)
  assert.is(frame === undefined ? undefined : frame.kind, 'data')
  await rejects(() => within(5000, Promise.resolve(reading.pull())), 'WORKER_DIED')
})

fails.run()

const closes = suite('inWorker: closing early')

closes('closes what the filter gives, its steps and the source, once each', async () => {
  const [steps, pieces] = [new Gate(), new Gate()]
  const values = { steps: steps.memory, pieces: pieces.memory }
  const source = handFed<AnyFrame>()
  const reading = pullFrom(filterOf('closing', { values })(source.body))
  const first = Promise.resolve(reading.pull())
  source.give(data(new Uint8Array(1000)))
  await within(5000, first)
  await reading.close()
  await reading.close()
  assert.is(source.closes, 1)
  await within(5000, Promise.all([steps.begun(), pieces.begun()]))
  assert.is(await reading.pull(), undefined)
  await idle(pool)
  assert.equal([steps.waits, pieces.waits], [1, 1])
})

closes('loses the flush that waits for the filter, and tells its receipt', async () => {
  const gate = new Gate()
  const sent: unknown[] = []
  const source = watched<AnyFrame>([data(utf8('a')), flushTo(sent)])
  const reading = pullFrom(filterOf('gated', { values: gate.memory })(source.body))
  const first = Promise.resolve(reading.pull())
  await within(5000, gate.begun())
  assert.is(source.pulls, 2)
  await reading.close()
  gate.open()
  assert.is(await first, undefined)
  await rejects(() => Promise.reject(sent[0]), 'FLUSH_LOST')
  assert.equal([sent.length, source.closes], [1, 1])
  await idle(pool)
})

closes('costs no time-out if the reader is slow to take what is there', async () => {
  const slow = pullFrom(filterOf('upper')(toBody('slow')))
  await within(5000, Promise.resolve(slow.pull()))
  const failed = pullFrom(filterOf('unruly')(toBody('t')))
  const failure = Promise.resolve(failed.pull())
  await rejects(() => within(5000, failure), 'TOO_MUCH')
  // Two looks of the pool.
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.is(await within(5000, Promise.resolve(slow.pull())), undefined)
  await idle(pool)
})

closes('and the threads end', () => within(10_000, pool.close()))

closes.run()
