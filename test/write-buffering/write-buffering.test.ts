// The half that writes: writer, writing, coalesce. The half that holds: write-buffering-spool.test.ts.
import { data, isFlush, noFields, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { limitBytes, pipe } from '@sluice/filter'
import { coalesce, writer, writing } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { timersSet, watchRejections } from '../support/bodies/left-over.ts'
import { record, words, wordsOf } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Frame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Output, WriterOptions } from '@sluice/write-buffering'

// In the whole file: a write that nobody waits for must not become an unhandled rejection.
const rejections = watchRejections()

/** Pulls what is there at once, as text; `undefined` where the source would have to be waited for, or ended. */
const pullText = (source: Pull<AnyFrame>): string | undefined => {
  const frame = source.pull()
  if (frame === undefined || 'then' in frame) return undefined
  return 'bytes' in frame && frame.bytes instanceof Uint8Array ? textOf(frame.bytes) : frame.kind
}

const writes = suite('writer: write')

writes('what is written leaves in order, then the trailers and the end', async () => {
  const out = writer()
  out.write('one ')
  out.write(utf8('two'))
  out.flush()
  out.pause(Promise.resolve())
  out.finish({ 'x-sum': '7' })
  assert.equal(await words(out.body), [
    'data one ',
    'data two',
    'flush',
    'pause',
    'trailers',
    'end',
  ])
})

writes('it gives one and the same promise while there is room', () => {
  const out = writer({ highWaterBytes: 4 })
  const first = out.write('a')
  assert.is(out.write('bc'), first)
  assert.is.not(out.write('d'), first)
})

writes('it settles one byte under highWaterBytes and waits at it', async () => {
  const out = writer({ highWaterBytes: 4 })
  assert.is(await stateOf(out.write('abc')), 'fulfilled')
  const atTheMark = out.write('d')
  assert.is(await stateOf(atTheMark), 'pending')
  const source = pullFrom(out.body)
  assert.is(pullText(source), 'abc')
  assert.is(await stateOf(atTheMark), 'fulfilled')
})

writes('bytes are passed on and not copied', async () => {
  const out = writer()
  const bytes = utf8('same')
  out.write(bytes)
  const frame = await pullFrom(out.body).pull()
  assert.ok(frame?.kind === 'data' && frame.bytes === bytes)
})

writes('a write goes straight to a pull that waits, and does not count as waiting', async () => {
  const out = writer({ highWaterBytes: 1 })
  const pulled = pullFrom(out.body).pull()
  assert.is(await stateOf(out.write('long enough')), 'fulfilled')
  const frame = await within(1000, Promise.resolve(pulled))
  assert.ok(frame?.kind === 'data' && textOf(frame.bytes) === 'long enough')
})

writes('a write that is waited for is taken whatever its size', async () => {
  const out = writer({ highWaterBytes: 4 })
  const reading = words(out.body)
  for (let i = 0; i < 3; i++) await within(1000, out.write('x'.repeat(100)))
  out.finish()
  assert.equal(await reading, [...Array(3).fill(`data ${'x'.repeat(100)}`), 'end'])
})

writes('the reader and the writer take turns: no more than highWaterBytes wait', async () => {
  const out = writer({ highWaterBytes: 8 })
  const seen: string[] = []
  const produce = async () => {
    for (let i = 0; i < 8; i++) {
      await out.write(`${i}...`)
      seen.push(`wrote ${i}`)
    }
    out.finish()
  }
  const producing = produce()
  await turn()
  assert.equal(seen, ['wrote 0'], 'the second fills it up to the mark')
  const source = pullFrom(out.body)
  for (let i = 0; i < 8; i++) {
    seen.push(`read ${pullText(source)}`)
    await turn()
  }
  await within(1000, producing)
  assert.equal(seen.slice(0, 6), [
    'wrote 0',
    'read 0...',
    'wrote 1',
    'read 1...',
    'wrote 2',
    'read 2...',
  ])
  assert.is(source.pull(), undefined)
})

writes('a stalled reader makes the writer wait, however many it would write', async () => {
  const out = writer({ highWaterBytes: 1000 })
  let written = 0
  const produce = async () => {
    for (; written < 1000; written++) await out.write('x'.repeat(100))
  }
  produce().catch(() => {})
  await turn(3)
  assert.is(written, 9)
  await pullFrom(out.body).close()
})

writes('empty bytes and strings mean nothing', async () => {
  const out = writer()
  await out.write('')
  await out.write(new Uint8Array())
  out.finish()
  assert.equal(await words(out.body), ['end'])
})

writes('a surrogate pair may be split between two strings, over a flush too', async () => {
  const out = writer()
  out.write('a\ud83d')
  out.flush()
  out.write('\ude00b')
  out.finish()
  assert.equal(await words(out.body), ['data a', 'flush', 'data \u{1f600}b', 'end'])
})

writes('it may be split around a pause, an empty string and empty bytes too', async () => {
  const out = writer()
  out.write('a\ud83d')
  out.pause(Promise.resolve())
  out.write('')
  out.write(new Uint8Array())
  out.write('\ude00b')
  out.finish()
  assert.equal(await words(out.body), ['data a', 'pause', 'data \u{1f600}b', 'end'])
})

for (const { name, after, wanted } of [
  { name: 'bytes', after: (out: Output) => out.write(utf8('b')), wanted: 'a\ufffdb' },
  { name: 'a first half', after: (out: Output) => out.write('\ud83db'), wanted: 'a\ufffd\ufffdb' },
  { name: 'the end', after: () => {}, wanted: 'a\ufffd' },
  { name: 'trailers', after: (out: Output) => out.finish({ 'x-sum': '7' }), wanted: 'a\ufffd' },
  { name: 'an error', after: (out: Output) => out.fail(new Error()), wanted: 'a\ufffd' },
])
  writes(`half a surrogate pair before ${name} becomes U+FFFD`, async () => {
    const out = writer()
    out.write('a\ud83d')
    after(out)
    if (name === 'bytes' || name.endsWith('half') || name === 'the end') out.finish()
    assert.is(textOf((await record(out.body)).bytes), wanted)
  })

/** None of these is a string or a `Uint8Array`. */
const notWritten: readonly unknown[] = [
  undefined,
  null,
  5,
  7n,
  true,
  {},
  [],
  [97],
  () => 'a',
  new Int8Array(1),
  new Uint8ClampedArray(1),
  new Uint16Array(1),
  new Float64Array(1),
  new DataView(new ArrayBuffer(1)),
  new ArrayBuffer(1),
  new SharedArrayBuffer(1),
  Promise.resolve('a'),
]

writes(
  'what is neither a string nor bytes is refused at the call, and nothing of it leaves',
  async () => {
    const { body, write, finish } = writer()
    write('a')
    for (const wrong of notWritten)
      throwsAtOnce(() => Reflect.apply(write, undefined, [wrong]), TypeError)
    write(new Uint8Array(new SharedArrayBuffer(1)).fill(98))
    write(Buffer.from('c'))
    finish()
    assert.equal(await words(body), ['data a', 'data b', 'data c', 'end'])
  },
)

writes('what is no promise is no pause, and is refused at the call', async () => {
  const { body, pause, finish } = writer()
  for (const wrong of [undefined, null, 5, 'soon', {}, () => {}])
    throwsAtOnce(() => Reflect.apply(pause, undefined, [wrong]), TypeError)
  finish()
  assert.equal(await words(body), ['end'])
})

writes('write may be taken from its writer and passed on alone', async () => {
  const { body, write, finish } = writer()
  const print: (content: string) => unknown = write
  print('alone')
  finish()
  assert.equal(await words(body), ['data alone', 'end'])
})

writes('options are checked at the call', () => {
  for (const options of [
    ...[0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, null].map((value) => ({
      highWaterBytes: value,
    })),
    ...['hope', '', null, 1n].map((policy) => ({ policy })),
  ]) {
    throwsAtOnce(() => Reflect.apply(writer, undefined, [options]), RangeError)
    throwsAtOnce(() => Reflect.apply(writing, undefined, [() => {}, options]), RangeError)
  }
  for (const work of [undefined, null, 5, 'work', {}])
    throwsAtOnce(() => Reflect.apply(writing, undefined, [work]), TypeError)
})

writes.run()

const excess = suite('writer: excess')

/** Fills a writer of mark 4 to its bound of 8, without waiting. */
const filled = (policy?: WriterOptions['policy']) => {
  const out = writer({ highWaterBytes: 4, ...(policy && { policy }) })
  out.write('abcd')
  out.write('efgh')
  return out
}

excess('writes that are not waited for are taken up to twice highWaterBytes', async () => {
  const out = filled()
  out.finish()
  assert.equal(await words(out.body), ['data abcd', 'data efgh', 'end'])
})

excess('one byte over twice highWaterBytes is refused with WRITE_EXCESS', async () => {
  await rejects(() => filled().write('i'), 'WRITE_EXCESS')
  const out = writer({ highWaterBytes: 4 })
  out.write('abcd')
  await rejects(() => out.write('efghi'), 'WRITE_EXCESS')
})

excess('refuse: the body fails after what was taken, since it would lack bytes', async () => {
  const out = filled()
  const { signal } = out
  const error = await rejects(() => out.write('lost'), 'WRITE_EXCESS')
  assert.is(signal.reason, error)
  await rejects(() => out.write('a'), 'WRITE_EXCESS')
  await rejects(() => out.flush(), 'WRITE_EXCESS')
  out.finish()
  const recording = await record(out.body)
  assert.equal(wordsOf(recording), ['data abcd', 'data efgh', 'error WRITE_EXCESS'])
  assert.is(recording.end?.error, error)
  await rejects(() => out.closed, error)
})

excess('drop: the body goes on without, and takes what comes when there is room', async () => {
  const out = filled('drop')
  await rejects(() => out.write('lost'), 'WRITE_EXCESS')
  const source = pullFrom(out.body)
  assert.is(pullText(source), 'abcd')
  out.write('ijkl')
  assert.is(pullText(source), 'efgh')
  assert.is(pullText(source), 'ijkl')
  out.finish()
  assert.is(source.pull(), undefined)
})

for (const policy of ['drop', 'refuse'] as const)
  excess(`${policy}: a refused write leaves no half of its last character`, async () => {
    const out = filled(policy)
    await rejects(() => out.write('lost\ud83d'), 'WRITE_EXCESS')
    const source = pullFrom(out.body)
    assert.equal([pullText(source), pullText(source)], ['abcd', 'efgh'])
    if (policy === 'refuse') return void (await rejects(() => source.pull(), 'WRITE_EXCESS'))
    out.write('next')
    assert.is(pullText(source), 'next')
    out.finish()
    assert.is(source.pull(), undefined)
  })

excess('drop: a pair around a refused write is one character', async () => {
  const out = writer({ highWaterBytes: 4, policy: 'drop' })
  out.write('abcd')
  out.write('ef\ud83d')
  await rejects(() => out.write('\ude00lost'), 'WRITE_EXCESS')
  const source = pullFrom(out.body)
  assert.equal([pullText(source), pullText(source)], ['abcd', 'ef'])
  out.write('\ude00')
  out.finish()
  assert.is(pullText(source), '\u{1f600}')
  assert.is(source.pull(), undefined)
})

excess('refuse: a half that was taken leaves before the error, as U+FFFD', async () => {
  const out = writer({ highWaterBytes: 4 })
  out.write('abcd')
  out.write('ef\ud83d')
  await rejects(() => out.write('\ude00lost'), 'WRITE_EXCESS')
  assert.equal(await words(out.body), ['data abcd', 'data ef', 'data \ufffd', 'error WRITE_EXCESS'])
})

excess('wait: it is taken, and settles when there is room', async () => {
  const out = filled('wait')
  const late = out.write('late')
  const source = pullFrom(out.body)
  pullText(source)
  pullText(source)
  assert.is(await stateOf(late), 'pending')
  assert.is(pullText(source), 'late')
  assert.is(await stateOf(late), 'fulfilled')
})

excess('half a million frames that wait leave in order, each at the cost of one', async () => {
  // With an array's shift this takes more than a minute.
  const out = writer({ policy: 'wait' })
  const count = 500_000
  for (let i = 0; i < count; i++) out.write(Uint8Array.of(i % 251))
  out.finish()
  const { bytes } = await record(out.body)
  assert.is(bytes.length, count)
  assert.ok(bytes.every((byte, i) => byte === i % 251))
})

excess('a thousand writes that nobody waits for hold two marks, and stay silent', async () => {
  const out = writer({ highWaterBytes: 100 })
  for (let i = 0; i < 1000; i++) out.write('0123456789')
  await turn()
  const { bytes, end } = await record(out.body)
  assert.is(bytes.length, 200)
  assert.ok(end !== undefined)
  assert.equal(rejections.reasons, [])
})

excess(
  'flushes with nothing between them are one, so that a loop of them queues nothing',
  async () => {
    const out = writer()
    const first = out.flush()
    for (let i = 0; i < 1000; i++) assert.is(out.flush(), first)
    out.write('a')
    assert.is.not(out.flush(), first)
    out.finish()
    assert.equal(await words(out.body), ['flush', 'data a', 'flush', 'end'])
    await within(1000, first)
  },
)

excess('a pause counts as a byte, so that a loop of them is refused too', async () => {
  const out = writer({ highWaterBytes: 2 })
  const until = Promise.resolve()
  for (let i = 0; i < 4; i++) out.pause(until)
  await rejects(() => out.pause(until), 'WRITE_EXCESS')
})

excess.run()

const ends = suite('writer: finish and fail')

ends(
  'finish and fail after either throw WRITE_AFTER_END at the call, with the error as cause',
  () => {
    const error = new Error('too late')
    for (const first of [(out: Output) => out.finish(), (out: Output) => out.fail(new Error())]) {
      const out = writer()
      first(out)
      throwsAtOnce(() => out.finish(), 'WRITE_AFTER_END')
      assert.is(throwsAtOnce(() => out.fail(error), 'WRITE_AFTER_END').cause, error)
    }
  },
)

ends('write, flush and pause after the end reject with WRITE_AFTER_END', async () => {
  for (const end of [(out: Output) => out.finish(), (out: Output) => out.fail(new Error())]) {
    const out = writer()
    end(out)
    await rejects(() => out.write('a'), 'WRITE_AFTER_END')
    await rejects(() => out.write(''), 'WRITE_AFTER_END')
    await rejects(() => out.flush(), 'WRITE_AFTER_END')
    await rejects(() => out.pause(Promise.resolve()), 'WRITE_AFTER_END')
  }
})

ends('finish does not take away what waits', async () => {
  const out = writer({ highWaterBytes: 1 })
  const waiting = out.write('kept')
  out.finish()
  assert.is(await stateOf(waiting), 'pending')
  assert.equal(await words(out.body), ['data kept', 'end'])
  await within(1000, waiting)
  await within(1000, out.closed)
})

ends('the error of fail comes after what was written', async () => {
  const out = writer()
  const error = new Error('broken')
  out.write('before')
  out.fail(error)
  const recording = await record(out.body)
  assert.equal(wordsOf(recording), ['data before', 'error broken'])
  assert.is(recording.end?.error, error)
  await rejects(() => out.closed, error)
})

for (const { name, end, wanted } of [
  { name: 'finish', end: (out: Output) => out.finish(), wanted: ['end'] },
  {
    name: 'finish with trailers',
    end: (out: Output) => out.finish({ a: '1' }),
    wanted: ['trailers', 'end'],
  },
  { name: 'fail', end: (out: Output) => out.fail(new Error('broken')), wanted: ['error broken'] },
])
  ends(`${name} reaches a pull that waits`, async () => {
    const out = writer()
    const reading = words(out.body)
    await turn()
    end(out)
    assert.equal(await within(1000, reading), wanted)
  })

ends('trailers that are invalid are refused at the call, and nothing has ended', async () => {
  const out = writer()
  throwsAtOnce(() => out.finish({ 'no token': 'x' }), TypeError)
  await out.write('still open')
  out.finish(noFields)
  assert.equal(await words(out.body), ['data still open', 'end'])
})

ends('closed resolves once the reader has seen the end, and not before', async () => {
  const out = writer()
  out.write('a')
  out.finish()
  const source = pullFrom(out.body)
  source.pull()
  assert.is(await stateOf(out.closed), 'pending')
  assert.is(source.pull(), undefined)
  assert.is(await stateOf(out.closed), 'fulfilled')
  assert.not(out.signal.aborted)
})

ends('after the end and after an error a pull gives nothing more', async () => {
  const failed = writer()
  failed.fail(new Error('once'))
  const source = pullFrom(failed.body)
  throwsAtOnce(() => source.pull(), Error)
  assert.is(source.pull(), undefined)
  await source.close()
})

ends('the body has one reader', () => {
  const { body } = writer()
  pullFrom(body)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
})

ends.run()

const leaving = suite('writer: the reader leaves')

leaving('what waits and what comes later rejects with READER_GONE', async () => {
  const out = writer({ highWaterBytes: 1 })
  const write = out.write('a')
  const flush = out.flush()
  await pullFrom(out.body).close()
  await rejects(() => write, 'READER_GONE')
  await rejects(() => flush, 'READER_GONE')
  await rejects(() => out.write('b'), 'READER_GONE')
  await rejects(() => out.flush(), 'READER_GONE')
  await rejects(() => out.pause(Promise.resolve()), 'READER_GONE')
  await rejects(() => out.closed, 'READER_GONE')
})

leaving('finish and fail are no mistake then, for who ends cannot know', async () => {
  for (const end of [(out: Output) => out.finish(), (out: Output) => out.fail(new Error())]) {
    const out = writer()
    await pullFrom(out.body).close()
    end(out)
    await rejects(() => out.write('a'), 'WRITE_AFTER_END')
  }
})

leaving('a pull that waits gives nothing, and the source takes nothing after', async () => {
  const out = writer()
  const source = pullFrom(out.body)
  const pulled = Promise.resolve(source.pull())
  await source.close()
  assert.is(await within(1000, pulled), undefined)
  out.write('lost')
  assert.is(source.pull(), undefined)
})

leaving('the signal aborts with READER_GONE, asked for before or after', async () => {
  const before = writer()
  const { signal } = before
  assert.not(signal.aborted)
  await pullFrom(before.body).close()
  await rejects(() => signal.throwIfAborted(), 'READER_GONE')
  const after = writer()
  await pullFrom(after.body).close()
  await rejects(() => after.signal.throwIfAborted(), 'READER_GONE')
  assert.is(after.signal, after.signal)
})

leaving('a listener of the signal finds the writer closed, and may call it', async () => {
  const out = writer({ highWaterBytes: 1 })
  let late: Promise<void> | undefined
  out.signal.addEventListener('abort', () => {
    late = out.write('from the listener')
    out.finish()
  })
  await pullFrom(out.body).close()
  await rejects(() => late, 'READER_GONE')
})

leaving('after finish and before its frames are read: gone', async () => {
  const out = writer()
  out.write('unread')
  out.finish()
  await pullFrom(out.body).close()
  await rejects(() => out.closed, 'READER_GONE')
  assert.ok(out.signal.aborted)
})

leaving('with nothing but the end unseen, it has missed nothing', async () => {
  const out = writer()
  out.write('read')
  out.finish({ sum: '1' })
  const source = pullFrom(out.body)
  source.pull()
  source.pull()
  await source.close()
  await within(1000, out.closed)
  assert.not(out.signal.aborted)
})

leaving('after fail and before the error is read: gone, and quiet', async () => {
  const out = writer()
  out.fail(new Error('unread'))
  const source = pullFrom(out.body)
  await source.close()
  await source.close()
  await rejects(() => out.closed, 'READER_GONE')
})

leaving('leaving in the middle, through a filter, reaches the writer', async () => {
  const out = writer()
  const body = pipe(out.body, limitBytes({ maxBytes: 3 }))
  out.write('abc')
  out.write('d')
  assert.equal(await words(body), ['data abc', 'error BODY_TOO_LARGE'])
  await rejects(() => out.closed, 'READER_GONE')
})

leaving('a body that is never read leaves no timer and no rejection', async () => {
  const before = timersSet()
  const out = writer({ highWaterBytes: 1 })
  out.write('a')
  out.flush()
  out.write('too much')
  out.write('far too much')
  await turn(2)
  assert.is(timersSet(), before)
  assert.equal(rejections.reasons, [])
})

leaving.run()

const flushes = suite('writer: flush')

flushes('it settles when the receipt is told, not when the frame is read', async () => {
  const out = writer()
  const flushed = out.flush()
  const frame = await pullFrom(out.body).pull()
  assert.is(await stateOf(flushed), 'pending')
  if (frame !== undefined && isFlush(frame)) frame.sent?.()
  assert.is(await stateOf(flushed), 'fulfilled')
})

flushes('it rejects with the reason that the receipt is told', async () => {
  const out = writer()
  const flushed = out.flush()
  const frame = await pullFrom(out.body).pull()
  const lost = new Error('reset by peer')
  if (frame !== undefined && isFlush(frame)) frame.sent?.(lost)
  await rejects(() => flushed, lost)
})

flushes.run()

const works = suite('writing')

works('work runs once the body is first pulled, and not before', async () => {
  let runs = 0
  const body = writing(async (out) => {
    runs++
    await out.write('a')
  })
  const source = pullFrom(body)
  await turn()
  assert.is(runs, 0)
  assert.is(pullText(source), 'a')
  assert.is(runs, 1)
  assert.is(await within(1000, Promise.resolve(source.pull())), undefined)
  assert.is(runs, 1)
})

works('a body that is closed and never pulled never runs it', async () => {
  const body = writing(() => assert.unreachable())
  const source = pullFrom(body)
  await source.close()
  assert.is(source.pull(), undefined)
})

works('when it returns, the body ends, after what was written without waiting', async () => {
  assert.equal(await words(writing((out) => void out.write('sync'))), ['data sync', 'end'])
  const later = writing(async (out) => {
    out.write('a')
    await turn()
    out.write('b')
    out.flush()
  })
  assert.equal(await words(later), ['data a', 'data b', 'flush', 'end'])
})

for (const { name, work } of [
  {
    name: 'throws',
    work: (out: Output) => {
      out.write('a')
      throw new Error('broken')
    },
  },
  {
    name: 'rejects',
    work: async (out: Output) => {
      await out.write('a')
      throw new Error('broken')
    },
  },
  {
    name: 'throws after finish',
    work: async (out: Output) => {
      await out.write('a')
      out.finish({ sum: '1' })
      throw new Error('broken')
    },
  },
  {
    name: 'calls fail',
    work: async (out: Output) => {
      await out.write('a')
      out.fail(new Error('broken'))
    },
  },
  {
    name: 'calls fail and throws',
    work: async (out: Output) => {
      await out.write('a')
      out.fail(new Error('broken'))
      throw new Error('another')
    },
  },
])
  works(`when it ${name}, the body fails after what was written`, async () => {
    assert.equal(await within(1000, words(writing(work))), ['data a', 'error broken'])
  })

works('the end, and the trailers of finish, do not come before it has settled', async () => {
  const settle = deferred()
  const body = writing(async (out) => {
    await out.write('a')
    out.finish({ sum: '1' })
    await settle.promise
  })
  const source = pullFrom(body)
  assert.is(pullText(source), 'a')
  const next = Promise.resolve(source.pull())
  assert.is(await stateOf(next), 'pending')
  settle.resolve()
  assert.is((await within(1000, next))?.kind, 'trailers')
  assert.is(source.pull(), undefined)
})

works('fail does not wait for it', async () => {
  const body = writing((out) => {
    out.fail(new Error('broken'))
    return new Promise(() => {})
  })
  assert.equal(await within(1000, words(body)), ['error broken'])
})

works('calls after finish are typed errors', async () => {
  const seen: unknown[] = []
  const body = writing(async (out) => {
    out.finish()
    await rejects(() => out.write('a'), 'WRITE_AFTER_END')
    await rejects(() => out.flush(), 'WRITE_AFTER_END')
    throwsAtOnce(() => out.finish(), 'WRITE_AFTER_END')
    throwsAtOnce(() => out.fail(new Error()), 'WRITE_AFTER_END')
    seen.push('all')
  })
  assert.equal(await words(body), ['end'])
  assert.equal(seen, ['all'])
})

works('after it has returned, a write that comes late is refused', async () => {
  const kept: Output[] = []
  await words(writing((out) => void kept.push(out)))
  await rejects(() => kept[0]?.write('late'), 'WRITE_AFTER_END')
})

works('back-pressure reaches it: it waits in write until the reader pulls', async () => {
  const seen: string[] = []
  const body = writing(
    async (out) => {
      for (const word of ['a', 'b', 'c']) {
        await out.write(word)
        seen.push(word)
      }
    },
    { highWaterBytes: 1 },
  )
  const source = pullFrom(body)
  assert.is(pullText(source), 'a')
  await turn()
  assert.equal(seen, ['a'])
  await source.close()
})

works('when the reader leaves, out.signal aborts and what it waits for rejects', async () => {
  const seen: unknown[] = []
  const stopped = deferred()
  const body = writing(
    async (out) => {
      out.signal.addEventListener('abort', () => seen.push('aborted'))
      try {
        for (;;) await out.write('more')
      } catch (error) {
        seen.push(error === out.signal.reason)
        throw error
      } finally {
        stopped.resolve()
      }
    },
    { highWaterBytes: 1 },
  )
  const source = pullFrom(body)
  source.pull()
  await turn()
  await source.close()
  await within(1000, stopped.promise)
  assert.equal(seen, ['aborted', true])
})

works('closing does not wait for work that never settles', async () => {
  const source = pullFrom(writing(() => new Promise(() => {})))
  const pulled = Promise.resolve(source.pull())
  await turn()
  await within(1000, Promise.resolve(source.close()))
  assert.is(await within(1000, pulled), undefined)
})

works('work that fails after the reader has left goes nowhere', async () => {
  const fail = deferred()
  const source = pullFrom(writing(() => fail.promise))
  const pulled = source.pull()
  await source.close()
  fail.reject(new Error('nobody is here'))
  await turn(2)
  assert.is(await pulled, undefined)
  assert.equal(rejections.reasons, [])
})

works('an excess of writes fails the body, though it returns', async () => {
  const body = writing(
    (out) => {
      for (let i = 0; i < 5; i++) out.write('abcd')
    },
    { highWaterBytes: 4 },
  )
  assert.equal(await words(body), ['data abcd', 'data abcd', 'error WRITE_EXCESS'])
})

works.run()

const joins = suite('coalesce')

for (const law of filterLaws({
  filter: () => coalesce({ minBytes: 4 }),
  given: utf8('0123456789'),
  wanted: utf8('0123456789'),
}))
  joins(law.name, law.run)

for (const law of filterLaws({
  filter: () => coalesce({ minBytes: 4, maxDelayMs: 0 }),
  given: utf8('0123456789'),
  wanted: utf8('0123456789'),
}))
  joins(`without delay: ${law.name}`, law.run)

for (const { name, given, wanted } of [
  { name: 'under minBytes is held to the end', given: ['ab', 'c'], wanted: ['abc'] },
  { name: 'exactly minBytes leaves at once', given: ['ab', 'cd', 'e'], wanted: ['abcd', 'e'] },
  { name: 'over minBytes leaves whole', given: ['abc', 'defg', 'h'], wanted: ['abcdefg', 'h'] },
  { name: 'a large frame stays one', given: ['abcdefgh', 'i'], wanted: ['abcdefgh', 'i'] },
])
  joins(`${name}`, async () => {
    const body = coalesce({ minBytes: 4 })(toBody(given))
    assert.equal(await words(body), [...wanted.map((text) => `data ${text}`), 'end'])
  })

joins('a frame of minBytes that finds nothing held passes without a copy', async () => {
  const bytes = utf8('abcd')
  const frame = await pullFrom(coalesce({ minBytes: 4 })(toBody(bytes))).pull()
  assert.ok(frame?.kind === 'data' && frame.bytes === bytes)
})

joins('a known byteLength stays', () => {
  assert.is(coalesce({ minBytes: 4 })(toBody('hello')).byteLength, 5)
})

joins(
  'flush, pause, unknown kinds and trailers let go of what is held, and stay in order',
  async () => {
    const frames: readonly (Frame | { readonly kind: 'progress' })[] = [
      data(utf8('a')),
      { kind: 'flush' },
      data(utf8('b')),
      { kind: 'pause', until: Promise.resolve() },
      data(utf8('c')),
      { kind: 'progress' },
      data(utf8('d')),
      { kind: 'trailers', fields: noFields },
    ]
    const body = coalesce({ minBytes: 100 })(watched(frames).body)
    const found = await words(body)
    assert.equal(found.join(), 'data a,flush,data b,pause,data c,progress,data d,trailers,end')
  },
)

joins('what is held leaves maxDelayMs after it came, while the source is quiet', async () => {
  const before = timersSet()
  const source = handFed<Frame>()
  const reading = pullFrom(coalesce({ minBytes: 100, maxDelayMs: 5 })(source.body))
  const first = Promise.resolve(reading.pull())
  source.give(data(utf8('a')))
  const frame = await within(5000, first)
  assert.ok(frame?.kind === 'data' && textOf(frame.bytes) === 'a')
  assert.ok(source.waiting, 'the source is not asked twice')
  await reading.close()
  assert.is(timersSet(), before)
})

joins('it also leaves while the source goes on giving less than minBytes', async () => {
  // A clock that the source moves: no timer ever gets its turn between frames that are there at once.
  const { now } = performance
  let time = 0
  performance.now = () => time
  try {
    const clocked = function* () {
      for (const letter of 'abcdef') {
        yield data(utf8(letter))
        time += 4
      }
    }
    const body = coalesce({ minBytes: 100, maxDelayMs: 10 })(watched(clocked()).body)
    assert.equal(await words(body), ['data abcd', 'data ef', 'end'])
  } finally {
    performance.now = now
  }
})

joins('with a delay of 0, what is there at once is joined', async () => {
  const source = handFed<Frame>()
  const batch = function* () {
    yield data(utf8('a'))
    yield data(utf8('b'))
  }
  const body = coalesce({ minBytes: 100, maxDelayMs: 0 })(watched(batch()).body)
  assert.equal(await words(body), ['data ab', 'end'])
  const quiet = pullFrom(coalesce({ minBytes: 100, maxDelayMs: 0 })(source.body))
  const first = Promise.resolve(quiet.pull())
  source.give(data(utf8('c')))
  assert.is((await within(5000, first))?.kind, 'data')
  await quiet.close()
})

joins('without maxDelayMs, or with one without end, no timer is ever set', async () => {
  const before = timersSet()
  for (const options of [{ minBytes: 9 }, { minBytes: 9, maxDelayMs: Number.POSITIVE_INFINITY }]) {
    const source = handFed<Frame>()
    const reading = pullFrom(coalesce(options)(source.body))
    const first = Promise.resolve(reading.pull())
    source.give(data(utf8('a')))
    await turn()
    assert.is(timersSet(), before)
    source.end()
    assert.is((await within(1000, first))?.kind, 'data')
  }
})

joins('a maxDelayMs of a fraction, below 0, or longer than a timer, is a delay', async () => {
  for (const maxDelayMs of [0.5, -1, Number.NEGATIVE_INFINITY]) {
    const source = handFed()
    const reading = pullFrom(coalesce({ minBytes: 100, maxDelayMs })(source.body))
    const pulled = reading.pull()
    source.give(data(utf8('a')))
    const frame = await within(5000, pulled)
    assert.is(frame?.kind, 'data', `maxDelayMs ${maxDelayMs}`)
    await reading.close()
  }
  const body = coalesce({ minBytes: 100, maxDelayMs: 2 ** 31 })(toBody(['a', 'b']))
  assert.equal(await words(body), ['data ab', 'end'])
})

joins('options are checked at the call', () => {
  const wrong = [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, false, {}]
  for (const minBytes of [0, undefined, null, ...wrong])
    throwsAtOnce(() => Reflect.apply(coalesce, undefined, [{ minBytes }]), RangeError)
  for (const maxDelayMs of [Number.NaN, '8', 8n, false, {}])
    throwsAtOnce(
      () => Reflect.apply(coalesce, undefined, [{ minBytes: 1, maxDelayMs }]),
      RangeError,
    )
})

joins.run()

const silent = suite('write-buffering: left over')

silent('no promise of the above was rejected without anybody hearing it', async () => {
  await turn(3)
  rejections.stop()
  assert.equal(rejections.reasons, [])
})

silent.run()
