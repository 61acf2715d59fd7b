// share: one source, many readers. The halves that write and hold: write-buffering.test.ts, write-buffering-spool.test.ts.
import '../support/steady-turns.ts'
import { closeBody, collect, data, isData, isFlush, noFields, readText, toBody } from '@sluice/body'
import { fromPull, hearReceiptErrors, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { pipe } from '@sluice/filter'
import { flushed } from '@sluice/flush'
import { share } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Shared, ShareOptions, SharePolicy } from '@sluice/write-buffering'

const bound = 5000
const given = utf8('a body')
const policies: readonly SharePolicy[] = ['wait', 'drop-oldest', 'disconnect']
const trailers: Trailers = { kind: 'trailers', fields: noFields }
const wordFrame = (word: string): Frame => data(utf8(word))

const read = (body: Body<AnyFrame>): Promise<readonly string[]> => within(bound, words(body))

/** What a pull gives within a few turns, as a word; `waits` where it does not settle. */
const next = async (reading: Pull<AnyFrame>): Promise<string> => {
  let found = 'waits'
  const pull = async () => reading.pull()
  pull().then(
    (frame) => {
      found = frame === undefined ? 'end' : isData(frame) ? textOf(frame.bytes) : frame.kind
    },
    (error) => {
      found = `error ${error.code ?? error.message}`
    },
  )
  await turn(3)
  return found
}

/** Takes what there is up to the first wait, by a reading that is then left waiting. */
const taken = async (reading: Pull<AnyFrame>): Promise<readonly string[]> => {
  const found: string[] = []
  for (;;) {
    const word = await next(reading)
    if (word === 'waits') return found
    found.push(word)
    if (word === 'end' || word.startsWith('error')) return found
  }
}

/** A source whose frames are there at once, and readings of it that have begun. */
const readings = (
  frames: readonly AnyFrame[],
  count: number,
  options: ShareOptions = {},
  later = false,
) => {
  const source = watched(frames, { later })
  const shared = share(source.body, options)
  const all = Array.from({ length: count }, () => pullFrom(shared.reader()))
  return { source, shared, all }
}

for (const policy of policies) {
  const laws = suite(`share, ${policy}: the frame laws, of one reader`)
  const filter = () => (body: Body<AnyFrame>) => share(body, { policy, maxBytes: 4 }).reader()
  for (const law of filterLaws({ filter, given, wanted: given }))
    laws(law.name, leavingNothing(law.run))
  laws.run()

  const beside = suite(`share, ${policy}: the frame laws, beside another that reads nothing`)
  const besideAnother = () => (body: Body<AnyFrame>) => {
    const shared = share(body, { policy, maxBytes: 65_536 })
    const other = shared.reader()
    const one = shared.reader()
    return fromPull(() => {
      const reading = pullFrom(one)
      const close = async () => {
        await reading.close()
        await closeBody(other)
      }
      const orLeave = async (pulled: PromiseLike<AnyFrame | undefined>) => {
        const frame = await pulled
        if (frame === undefined) await close()
        return frame
      }
      return {
        pull() {
          const pulled = reading.pull() ?? Promise.resolve(undefined)
          return isPromiseLike(pulled) ? orLeave(pulled) : pulled
        },
        close,
      }
    })
  }
  for (const law of filterLaws({ filter: besideAnother, given, wanted: given }))
    beside(law.name, leavingNothing(law.run))
  beside.run()
}

const many = suite('share: many readers')

for (const policy of policies)
  for (const later of [false, true])
    many(
      `${policy}: each of three has every frame in order, pulled once${later ? ', later' : ''}`,
      leavingNothing(async () => {
        const own: AnyFrame = { kind: 'progress' }
        const pause: Frame = { kind: 'pause', until: Promise.resolve() }
        const frames = [
          ...[wordFrame('one'), { kind: 'flush' }, own, pause],
          ...[wordFrame('two'), wordFrame('three'), trailers],
        ]
        const source = watched(frames, { later })
        const shared = share<AnyFrame>(source.body, { policy, maxBytes: 4 })
        const all = await Promise.all([1, 2, 3].map(() => read(shared.reader())))
        const wanted = [
          ...['data one', 'flush', 'progress', 'pause'],
          ...['data two', 'data three', 'trailers', 'end'],
        ]
        for (const found of all) assert.equal(found, wanted)
        assert.is(source.pulls, frames.length + 1)
        assert.is(shared.readers, 0)
      }),
    )

many('the bytes of all are the same and not copied', async () => {
  const bytes = utf8('same')
  const shared = share(toBody(bytes))
  const [one, two] = [pullFrom(shared.reader()), pullFrom(shared.reader())]
  for (const reading of [one, two]) {
    const frame = await reading.pull()
    assert.ok(frame?.kind === 'data' && frame.bytes === bytes)
  }
})

many('a frame that is there at once costs no promise, but the first', async () => {
  const { all } = readings([wordFrame('a'), wordFrame('b')], 2)
  for (const reading of all) await reading.pull()
  for (const reading of all) {
    const frame = reading.pull()
    assert.ok(frame !== undefined && 'kind' in frame && isData(frame))
  }
})

many('readers made together begin together, also where the first reads at once', async () => {
  const shared = share(toBody(['all ', 'of it']))
  const found = await Promise.all([readText(shared.reader()), readText(shared.reader())])
  assert.equal(found, ['all of it', 'all of it'])
})

many('a source that has nothing yet is pulled once for all that wait', async () => {
  const source = handFed<Frame>()
  const shared = share(source.body)
  const found = [1, 2, 3].map(() => read(shared.reader()))
  await turn()
  assert.is(source.pulls, 1)
  source.give(wordFrame('one'))
  await turn()
  assert.is(source.pulls, 2)
  source.end()
  for (const each of await Promise.all(found)) assert.equal(each, ['data one', 'end'])
})

many('nothing is pulled before a reader wants it, and no further than the foremost', async () => {
  const { source, all } = readings([wordFrame('a'), wordFrame('b'), wordFrame('c')], 2)
  await turn()
  assert.is(source.pulls, 0)
  const [one, two] = all
  assert.ok(one !== undefined && two !== undefined)
  assert.is(await next(one), 'a')
  assert.is(await next(two), 'a')
  assert.is(source.pulls, 1)
})

many('an error reaches every reader, behind what came before it, and once', async () => {
  const error = new Error('the source broke')
  const source = watched([wordFrame('a'), wordFrame('b')], { error })
  const shared = share(source.body)
  const [one, two, unread] = [shared.reader(), shared.reader(), shared.reader()]
  for (const body of [one, two, unread])
    assert.equal(await read(body), ['data a', 'data b', 'error the source broke'])
  const late = pullFrom(shared.reader())
  assert.is(await next(late), 'error the source broke')
  assert.is(await next(late), 'end')
  assert.is(source.closes, 1)
})

many('one who comes when it has ended has the end', async () => {
  const shared = share(toBody('all'))
  assert.is(await readText(shared.reader()), 'all')
  assert.equal(await read(shared.reader()), ['end'])
})

many('the length is told to those who come before the first pull', async () => {
  const shared = share(toBody('four'))
  const one = shared.reader()
  assert.is(one.byteLength, 4)
  await readText(one)
  assert.is(shared.reader().byteLength, undefined)
  assert.is(share(toBody('four'), { policy: 'drop-oldest' }).reader().byteLength, undefined)
})

many('a body that was read is refused at the call, and so is a second reading of a reader', () => {
  const used = toBody('once')
  pullFrom(used)
  throwsAtOnce(() => share(used), 'BODY_USED')
  const body = share(toBody('once')).reader()
  pullFrom(body)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
})

many('empty data means nothing, however much of it there is', async () => {
  const empty = data(new Uint8Array())
  const frames = [...Array.from({ length: 5000 }, () => empty), wordFrame('a'), empty]
  const shared = share(watched(frames).body)
  assert.equal(await read(shared.reader()), ['data a', 'end'])
})

many('a thousand readers have ten thousand frames between them', async () => {
  const source = handFed<Frame>()
  const shared = share(source.body)
  const all = Array.from({ length: 1000 }, () => collect(shared.reader(), { maxBytes: 100 }))
  for (let i = 0; i < 10; i++) {
    while (!source.waiting) await turn()
    source.give(wordFrame(String(i)))
  }
  while (!source.waiting) await turn()
  assert.is(shared.readers, 1000)
  source.end()
  for (const { bytes } of await within(bound, Promise.all(all)))
    assert.is(textOf(bytes), '0123456789')
  assert.is(source.pulls, 11)
})

for (const replayBytes of [0, 5])
  many(`what all have taken is let go, with ${replayBytes} bytes to tell again`, async () => {
    const source = handFed<Frame>()
    const shared = share(source.body, { replayBytes })
    const early = pullFrom(shared.reader())
    const late: Pull<AnyFrame>[] = []
    const seen: WeakRef<Uint8Array>[] = []
    for (let i = 0; i < 10; i++) {
      const pulled = [early, ...late].map((reading) => Promise.resolve(reading.pull()))
      while (!source.waiting) await turn()
      const bytes = utf8('12345')
      seen.push(new WeakRef(bytes))
      source.give(data(bytes))
      await Promise.all(pulled)
      if (i === 4) {
        late.push(pullFrom(shared.reader()))
        if (replayBytes > 0) await late[0]?.pull()
      }
    }
    await turn(3)
    globalThis.gc?.()
    const kept = seen.slice(0, -2).filter((bytes) => bytes.deref() !== undefined)
    assert.is(kept.length, 0)
    assert.is(shared.readers, 2)
  })

many.run()

const leaving = suite('share: coming and leaving')

leaving('the source is closed once, when the last has left', async () => {
  for (const begun of [false, true]) {
    const { source, shared, all } = readings([wordFrame('a'), wordFrame('b')], 3)
    for (const [at, reading] of all.entries()) {
      if (begun) await next(reading)
      assert.is(source.closes, 0)
      assert.is(shared.readers, 3 - at)
      await reading.close()
      await reading.close()
    }
    assert.is(source.closes, 1)
    assert.is(shared.readers, 0)
    throwsAtOnce(() => shared.reader(), 'BODY_USED')
  }
})

leaving('closing a reader that was never read, as servers do, counts as leaving', async () => {
  const source = watched([wordFrame('a')])
  const shared = share(source.body)
  await closeBody(shared.reader())
  assert.is(source.closes, 1)
})

leaving('the last to leave waits for the closing of the source, and has its error', async () => {
  const source = watched([wordFrame('a')], { closeError: new Error('not closed'), later: true })
  const reading = pullFrom(share(source.body).reader())
  await reading.pull()
  await rejects(() => reading.close(), Error)
})

leaving('who leaves while it waits holds up nobody, and what comes is for the others', async () => {
  const source = handFed<Frame>()
  const shared = share(source.body)
  const [one, two] = [pullFrom(shared.reader()), pullFrom(shared.reader())]
  const [first, second] = [Promise.resolve(one.pull()), Promise.resolve(two.pull())]
  one.close()
  assert.is(await within(bound, first), undefined)
  source.give(wordFrame('a'))
  const frame = await within(bound, second)
  assert.ok(frame !== undefined && isData(frame))
  assert.is(source.closes, 0)
})

leaving('a frame that comes when all have left is let go', async () => {
  const source = handFed<Frame>()
  const reading = pullFrom(share(source.body).reader())
  const pulled = Promise.resolve(reading.pull())
  await turn()
  reading.close()
  const { frame, sent } = flushed()
  source.give(frame)
  await rejects(() => within(bound, sent), 'FLUSH_LOST')
  assert.is(await pulled, undefined)
})

leaving('one who comes late begins at the live edge, where its `reader()` was called', async () => {
  const source = watched(['a', 'b', 'c'].map(wordFrame))
  const shared = share(source.body)
  const early = pullFrom(shared.reader())
  assert.is(await next(early), 'a')
  const late = shared.reader()
  assert.is(await next(early), 'b')
  assert.equal(await read(late), ['data b', 'data c', 'end'])
})

const edge = { frames: ['a', 'bb', 'cc', 'd'].map(wordFrame) }
for (const { replayBytes, wanted } of [
  { replayBytes: 0, wanted: ['end'] },
  { replayBytes: 1, wanted: ['data d', 'end'] },
  { replayBytes: 2, wanted: ['data d', 'end'] },
  { replayBytes: 3, wanted: ['data cc', 'data d', 'end'] },
  { replayBytes: 4, wanted: ['data cc', 'data d', 'end'] },
  { replayBytes: 6, wanted: ['data a', 'data bb', 'data cc', 'data d', 'end'] },
])
  leaving(`the last ${replayBytes} bytes, in whole frames, are told again`, async () => {
    const shared = share(watched(edge.frames).body, { replayBytes, maxBytes: 7 })
    const slow = pullFrom(shared.reader())
    await read(shared.reader())
    assert.equal(await read(shared.reader()), wanted)
    assert.equal(await taken(slow), ['a', 'bb', 'cc', 'd', 'end'])
    assert.equal(await read(shared.reader()), wanted)
  })

leaving('what is told again is held for the one who comes late, and counts', async () => {
  const frames = ['a', 'b', 'c', 'd', 'e'].map(wordFrame)
  const shared = share(watched(frames).body, { replayBytes: 2, maxBytes: 2 })
  const early = pullFrom(shared.reader())
  for (const word of ['a', 'b', 'c']) assert.is(await next(early), word)
  const late = pullFrom(shared.reader())
  assert.is(await next(early), 'waits')
  assert.is(await next(late), 'b')
  assert.is(await next(late), 'c')
  assert.is(await next(late), 'd')
})

leaving('a flush that is told again has no receipt', async () => {
  const { frame, sent } = flushed()
  const shared = share(watched<Frame>([wordFrame('a'), frame, wordFrame('b')]).body, {
    replayBytes: 3,
    maxBytes: 3,
  })
  const early = pullFrom(shared.reader())
  for (const word of ['a', 'flush', 'b']) assert.is(await next(early), word)
  const late = shared.reader()
  assert.equal(await read(late), ['data a', 'flush', 'data b', 'end'])
  assert.is(await stateOf(sent), 'pending')
})

leaving(
  'close fails whoever reads, behind what has been pulled, and closes the source',
  async () => {
    for (const reason of [undefined, new Error('closing time')]) {
      const { source, shared, all } = readings([wordFrame('a'), wordFrame('b')], 2)
      const [one, two] = all
      assert.ok(one !== undefined && two !== undefined)
      await next(one)
      await (reason === undefined ? shared.close() : shared.close(reason))
      await shared.close()
      const end = `error ${reason?.message ?? 'SOURCE_CLOSED'}`
      assert.is(await next(one), end)
      assert.equal(await taken(two), ['a', end])
      assert.is(source.closes, 1)
      await rejects(() => shared.reader(), reason ?? 'SOURCE_CLOSED')
    }
  },
)

leaving('close wakes those that wait', async () => {
  const source = handFed<Frame>()
  const shared = share(source.body)
  const found = read(shared.reader())
  await turn()
  shared.close()
  assert.equal(await found, ['error SOURCE_CLOSED'])
})

leaving('a share that nobody reads is closed with its body', async () => {
  const source = watched([wordFrame('a')])
  await share(source.body).close()
  assert.is(source.closes, 1)
  assert.is(source.pulls, 0)
})

leaving.run()

const again = suite('share: a source that is made again')

const counting = () => {
  const made: ReturnType<typeof watched<Frame>>[] = []
  const make = () => {
    const source = watched<Frame>([wordFrame(`${made.length} a`), wordFrame(`${made.length} b`)])
    made.push(source)
    return source.body
  }
  return { made, make }
}

again('it is made when a reader first wants something, once for all that are there', async () => {
  const { made, make } = counting()
  const shared = share(make)
  await closeBody(shared.reader())
  const [one, two] = [shared.reader(), shared.reader()]
  assert.is(made.length, 0)
  assert.equal(await Promise.all([read(one), read(two)]), [
    ['data 0 a', 'data 0 b', 'end'],
    ['data 0 a', 'data 0 b', 'end'],
  ])
  assert.is(made.length, 1)
})

again('when all have left, or it has ended, the next reader has another', async () => {
  const { made, make } = counting()
  const shared = share(make)
  const leaver = pullFrom(shared.reader())
  assert.is(await next(leaver), '0 a')
  await leaver.close()
  assert.is(made[0]?.closes, 1)
  assert.equal(await read(shared.reader()), ['data 1 a', 'data 1 b', 'end'])
  assert.equal(await read(shared.reader()), ['data 2 a', 'data 2 b', 'end'])
})

again('who still reads one that has ended reads on beside the next', async () => {
  const { make } = counting()
  const shared = share(make)
  const slow = shared.reader()
  assert.equal(await read(shared.reader()), ['data 0 a', 'data 0 b', 'end'])
  const [first, second] = await Promise.all([read(slow), read(shared.reader())])
  assert.equal(first, ['data 0 a', 'data 0 b', 'end'])
  assert.equal(second, ['data 1 a', 'data 1 b', 'end'])
})

again('one that failed, or could not be made, is made again', async () => {
  let calls = 0
  const shared = share(() => {
    calls++
    if (calls === 1) throw new Error('no connection')
    return toBody('made')
  })
  assert.equal(await read(shared.reader()), ['error no connection'])
  assert.equal(await read(shared.reader()), ['data made', 'end'])
})

again('it is not made again after close', async () => {
  const { made, make } = counting()
  const shared = share(make)
  await shared.close()
  throwsAtOnce(() => shared.reader(), 'SOURCE_CLOSED')
  assert.is(made.length, 0)
})

again('one that is closed while it is made is closed, and not pulled', async () => {
  const source = watched([wordFrame('a')])
  const shared = share(() => {
    shared.close()
    return source.body
  })
  assert.equal(await read(shared.reader()), ['error SOURCE_CLOSED'])
  assert.equal([source.pulls, source.closes], [0, 1])
})

again.run()

const slow = suite('share: the slow reader')

slow('wait: the source is pulled while less than maxBytes are held, and not at it', async () => {
  const { all, source } = readings(['ab', 'c', 'd', 'efg'].map(wordFrame), 2, { maxBytes: 3 })
  const [quick, late] = all
  assert.ok(quick !== undefined && late !== undefined)
  assert.is(await next(quick), 'ab')
  assert.is(await next(quick), 'c')
  assert.is(await next(quick), 'waits')
  assert.is(source.pulls, 2)
  assert.is(await next(late), 'ab')
  assert.is(source.pulls, 3)
})

slow('wait: one that leaves holds up nobody any more', async () => {
  const { all } = readings(['a', 'b'].map(wordFrame), 2, { maxBytes: 1 })
  const [quick, late] = all
  assert.ok(quick !== undefined && late !== undefined)
  assert.is(await next(quick), 'a')
  const waits = Promise.resolve(quick.pull())
  assert.is(await stateOf(waits), 'pending')
  await late.close()
  const frame = await within(bound, waits)
  assert.ok(frame !== undefined && isData(frame))
})

slow('wait: a frame that is larger than maxBytes passes', async () => {
  const frames = ['a'.repeat(100), 'b'.repeat(100)].map(wordFrame)
  const shared = share(watched(frames).body, { maxBytes: 1 })
  const [one, two] = await Promise.all([readText(shared.reader()), readText(shared.reader())])
  assert.is(one, two)
  assert.is(one.length, 200)
})

slow('drop-oldest: it loses the oldest frames, whole, and nobody waits', async () => {
  const frames = ['a', 'bb', 'cc', 'd', 'ee'].map(wordFrame)
  const { all } = readings(frames, 3, { maxBytes: 4, policy: 'drop-oldest' })
  const [quick, begun, unread] = all
  assert.ok(quick !== undefined && begun !== undefined && unread !== undefined)
  assert.is(await next(begun), 'a')
  assert.equal(await taken(quick), ['a', 'bb', 'cc', 'd', 'ee', 'end'])
  assert.equal(await taken(begun), ['d', 'ee', 'end'])
  assert.equal(await taken(unread), ['d', 'ee', 'end'])
})

slow('drop-oldest: at maxBytes nothing is lost, one byte over it the first is', async () => {
  for (const [size, wanted] of [
    [3, ['a', 'bbb']],
    [4, ['bbbb']],
  ] as const) {
    const frames = ['a', 'b'.repeat(size)].map(wordFrame)
    const { all } = readings(frames, 2, { maxBytes: 4, policy: 'drop-oldest' })
    const [quick, late] = all
    assert.ok(quick !== undefined && late !== undefined)
    await taken(quick)
    assert.equal(await taken(late), [...wanted, 'end'])
  }
})

for (const [name, last, seen] of [
  ['the trailers', trailers, 'trailers'],
  ['a flush behind it', { kind: 'flush' }, 'flush'],
] as const)
  slow(`drop-oldest: the newest data stays, whatever its size, and so do ${name}`, async () => {
    const frames = [wordFrame('a'), wordFrame('b'.repeat(9)), last]
    const { all } = readings(frames, 2, { maxBytes: 2, policy: 'drop-oldest' })
    const [quick, late] = all
    assert.ok(quick !== undefined && late !== undefined)
    await taken(quick)
    assert.equal(await taken(late), ['b'.repeat(9), seen, 'end'])
  })

slow('drop-oldest: who takes a burst in its turn loses nothing of it', async () => {
  const frames = Array.from({ length: 50 }, (_, i) => wordFrame(`${i} `))
  const shared = share(watched(frames).body, { maxBytes: 4, policy: 'drop-oldest' })
  const all = await Promise.all(Array.from({ length: 5 }, () => readText(shared.reader())))
  for (const found of all) assert.is(found.trim().split(' ').length, 50)
})

slow('drop-oldest: one who was dropped from and reads on has all again', async () => {
  const source = handFed<Frame>()
  const shared = share(source.body, { maxBytes: 2, policy: 'drop-oldest' })
  const quick = pullFrom(shared.reader())
  const late = pullFrom(shared.reader())
  const give = async (word: string) => {
    const pulled = Promise.resolve(quick.pull())
    while (!source.waiting) await turn()
    source.give(wordFrame(word))
    await within(bound, pulled)
  }
  for (const word of ['a', 'b', 'c', 'd']) await give(word)
  await turn(2)
  assert.is(await next(late), 'c')
  assert.is(await next(late), 'd')
  for (const word of ['e', 'f']) await give(word)
  assert.is(await next(late), 'e')
  assert.is(await next(late), 'f')
})

slow(
  'disconnect: it fails with READER_SLOW at once, and what it had not taken is let go',
  async () => {
    const frames = ['a', 'bb', 'cc', 'd'].map(wordFrame)
    const { all, shared, source } = readings(frames, 3, { maxBytes: 4, policy: 'disconnect' })
    const [quick, begun, unread] = all
    assert.ok(quick !== undefined && begun !== undefined && unread !== undefined)
    assert.is(await next(begun), 'a')
    assert.equal(await taken(quick), ['a', 'bb', 'cc', 'd', 'end'])
    assert.is(shared.readers, 0)
    for (const reading of [begun, unread]) assert.equal(await taken(reading), ['error READER_SLOW'])
    assert.is(await next(unread), 'end')
    assert.is(source.closes, 0)
  },
)

slow('disconnect: at maxBytes it stays, and a single frame of any size is no reason', async () => {
  for (const frames of [['a', 'bbb'], ['b'.repeat(9)]]) {
    const { all } = readings(frames.map(wordFrame), 2, { maxBytes: 4, policy: 'disconnect' })
    const [quick, late] = all
    assert.ok(quick !== undefined && late !== undefined)
    await taken(quick)
    assert.equal(await taken(late), [...frames, 'end'])
  }
})

slow('disconnect: who has come in a pause and never read is found slow too', async () => {
  const resumed = deferred()
  const frames: Frame[] = [
    { kind: 'pause', until: resumed.promise },
    ...['aa', 'bb', 'cc'].map(wordFrame),
  ]
  const { all, shared } = readings(frames, 1, { maxBytes: 3, policy: 'disconnect' })
  const [quick] = all
  assert.ok(quick !== undefined)
  assert.is(await next(quick), 'pause')
  const late = pullFrom(shared.reader())
  resumed.resolve()
  assert.equal(await taken(quick), ['aa', 'bb', 'cc', 'end'])
  assert.equal(await taken(late), ['error READER_SLOW'])
})

slow('frames that are not data count as one byte each', async () => {
  const frames = Array.from({ length: 10 }, (): Frame => ({ kind: 'flush' }))
  const { all, source } = readings(frames, 2, { maxBytes: 3 })
  const [quick] = all
  assert.ok(quick !== undefined)
  assert.equal(await taken(quick), ['flush', 'flush', 'flush'])
  assert.is(source.pulls, 3)
})

slow.run()

const paused = suite('share: pauses')

paused('the source is not pulled in a pause, whoever asks; all go on after it', async () => {
  const resumed = deferred()
  const frames: Frame[] = [{ kind: 'pause', until: resumed.promise }, wordFrame('a')]
  const { source, all, shared } = readings(frames, 2)
  const [one, two] = all
  assert.ok(one !== undefined && two !== undefined)
  assert.is(await next(one), 'pause')
  assert.is(await next(two), 'pause')
  const late = pullFrom(shared.reader())
  assert.is(await next(late), 'pause', 'one who comes in a pause is told of it')
  const waits = Promise.resolve(one.pull())
  await turn(2)
  assert.is(source.pulls, 1)
  resumed.resolve()
  await within(bound, waits)
  assert.is(await next(two), 'a')
  assert.is(await next(late), 'a')
  const later = pullFrom(shared.reader())
  assert.is(await next(later), 'end', 'one who comes after it is not')
})

paused('a pause that rejects fails all, and closes the source', async () => {
  const resumed = deferred()
  const frames: Frame[] = [
    wordFrame('a'),
    { kind: 'pause', until: resumed.promise },
    wordFrame('b'),
  ]
  const { source, all } = readings(frames, 2)
  const [quick, late] = all
  assert.ok(quick !== undefined && late !== undefined)
  assert.equal([await next(quick), await next(quick)], ['a', 'pause'])
  resumed.reject(new Error('not resumed'))
  assert.is(await next(quick), 'error not resumed')
  assert.equal(await taken(late), ['a', 'pause', 'error not resumed'])
  assert.is(source.closes, 1)
})

paused(
  'a pause is left with the last reader',
  leavingNothing(async () => {
    const frames: Frame[] = [{ kind: 'pause', until: new Promise(() => {}) }]
    const { source, all } = readings(frames, 1)
    const [only] = all
    assert.ok(only !== undefined)
    assert.is(await next(only), 'pause')
    await only.close()
    assert.is(source.closes, 1)
  }),
)

paused.run()

const receipts = suite('share: receipts')

/** A flush that three readers have taken, or are to take. */
const flushing = async (options: ShareOptions = {}) => {
  const { frame, sent } = flushed()
  const source = handFed<Frame>()
  const shared: Shared<Frame> = share<Frame>(source.body, options)
  const all = [1, 2, 3].map(() => pullFrom(shared.reader()))
  const pulled = all.map((reading) => Promise.resolve(reading.pull()))
  await turn()
  source.give(frame)
  const frames = await Promise.all(pulled)
  const tell = frames.map((each) => (lost?: unknown) => {
    if (each?.kind === 'flush') each.sent?.(lost)
  })
  return { sent, all, tell, source }
}

receipts('it is told when all have sent it, not before, and each counts once', async () => {
  const { sent, tell } = await flushing()
  tell[0]?.()
  tell[0]?.()
  tell[0]?.(new Error('too late'))
  tell[1]?.()
  assert.is(await stateOf(sent), 'pending')
  tell[2]?.()
  assert.is(await stateOf(sent), 'fulfilled')
})

receipts('one that is lost by some and sent by one is sent', async () => {
  const { sent, tell } = await flushing()
  tell[0]?.(new Error('gone'))
  tell[1]?.()
  tell[2]?.(new Error('gone'))
  assert.is(await stateOf(sent), 'fulfilled')
})

receipts('one that all have lost is lost', async () => {
  const { sent, tell } = await flushing()
  for (const lose of tell) lose(new Error('gone'))
  await rejects(() => within(bound, sent), Error)
})

receipts('who leaves before it has taken it has lost it', async () => {
  const { frame, sent } = flushed()
  const { all } = readings([frame], 2)
  const [one, two] = all
  assert.ok(one !== undefined && two !== undefined)
  const taken = await one.pull()
  assert.ok(taken?.kind === 'flush')
  if ('sent' in taken && typeof taken.sent === 'function') taken.sent()
  assert.is(await stateOf(sent), 'pending')
  await two.close()
  assert.is(await stateOf(sent), 'fulfilled')
})

receipts('where all lose it, it is told the reason of the first', async () => {
  const gone = new Error('gone')
  const { frame, sent } = flushed()
  const { all } = readings([frame, wordFrame('a')], 2)
  const [one, two] = all
  assert.ok(one !== undefined && two !== undefined)
  const taken = await one.pull()
  if (taken !== undefined && 'sent' in taken && typeof taken.sent === 'function') taken.sent(gone)
  await two.close()
  await rejects(() => within(bound, sent), gone)
})

for (const policy of ['drop-oldest', 'disconnect'] as const)
  receipts(`${policy}: who is too slow for it has lost it`, async () => {
    const { frame, sent } = flushed()
    const { all } = readings([frame, wordFrame('aa'), wordFrame('bb')], 2, { maxBytes: 2, policy })
    const [quick] = all
    assert.ok(quick !== undefined)
    const taken = await quick.pull()
    if (taken !== undefined && 'sent' in taken && typeof taken.sent === 'function') taken.sent()
    assert.is(await stateOf(sent), 'pending')
    await next(quick)
    await next(quick)
    assert.is(await stateOf(sent), 'fulfilled')
  })

receipts('a reader that its source closes is given nothing, and has lost the flush', async () => {
  const log: string[] = []
  const flush: Frame = {
    kind: 'flush',
    sent: (lost) => log.push(lost === undefined ? 'sent' : 'lost'),
  }
  let closing: Pull<AnyFrame> | undefined
  function* source() {
    yield 'first'
    closing?.close()
    yield flush
  }
  const shared = share(toBody(source()))
  closing = pullFrom(shared.reader())
  const other = pullFrom(shared.reader())
  assert.equal([await next(closing), await next(other)], ['first', 'first'])
  assert.is(await next(closing), 'end')
  assert.equal(log, [])
  const taken = await other.pull()
  if (taken !== undefined && isFlush(taken)) taken.sent?.()
  assert.equal(log, ['sent'])
})

receipts(
  'one that throws breaks neither the readers, the other receipts nor the closing',
  async () => {
    const heard: unknown[] = []
    const stop = hearReceiptErrors((error) => heard.push(error))
    const broken = new Error('broken')
    const sent = () => {
      throw broken
    }
    const { frame, sent: other } = flushed()
    const first: Frame = { kind: 'flush', sent }
    const { source, all } = readings([first, frame, wordFrame('a')], 2)
    const [one, two] = all
    assert.ok(one !== undefined && two !== undefined)
    for (let i = 0; i < 2; i++) {
      const taken = await one.pull()
      if (taken !== undefined && isFlush(taken)) taken.sent?.()
    }
    assert.equal(heard, [])
    await two.close()
    stop()
    assert.is(heard.length, 1)
    assert.is(heard[0], broken)
    await within(bound, other)
    assert.is(await next(one), 'a')
    await one.close()
    assert.is(source.closes, 1)
  },
)

receipts.run()

const options = suite('share: options')

options('what is out of bounds is refused at the call, and the body is not taken', async () => {
  const body = toBody('kept')
  const wrong = [-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '8', 8n, null]
  for (const options of [
    ...[0, ...wrong].map((maxBytes) => ({ maxBytes })),
    ...[65_537, Number.POSITIVE_INFINITY, ...wrong].map((replayBytes) => ({ replayBytes })),
    ...['drop-newest', '', null, 1n].map((policy) => ({ policy })),
  ])
    throwsAtOnce(() => Reflect.apply(share, undefined, [body, options]), RangeError)
  for (const source of [undefined, null, 5, 'text', {}])
    throwsAtOnce(() => Reflect.apply(share, undefined, [source]), TypeError)
  assert.is(await readText(pipe(body)), 'kept')
})

options.run()
