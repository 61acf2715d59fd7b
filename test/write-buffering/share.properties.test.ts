// share: made-up scenes of readers that come, read, dawdle and leave.
import { data, isData, isFlush } from '@sluice/body'
import {
  fromPull,
  hearReceiptErrors,
  isPromiseLike,
  loseFrame,
  pullFrom,
} from '@sluice/body/engine'
import { share } from '@sluice/write-buffering'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { holds } from '../support/holds.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame, Frame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ShareOptions, SharePolicy } from '@sluice/write-buffering'

const bound = 5000
const policies: readonly SharePolicy[] = ['wait', 'drop-oldest', 'disconnect']

const made = suite('share: whatever happens')

interface Given {
  /** Bytes of a data frame; 0 for a flush with a receipt. */
  readonly size: number
  readonly later: boolean
}

type Act =
  | { readonly kind: 'pull' | 'leave'; readonly who: number }
  | { readonly kind: 'join' | 'turn' }

interface Found {
  readonly reading: Pull<AnyFrame>
  /** How many frames had been pulled when it came. */
  readonly from: number
  readonly ids: number[]
  end: string | undefined
  pulling: Promise<void> | undefined
}

/** Plays a scene with one source, and gives what each reader found. */
const play = async (given: readonly Given[], acts: readonly Act[], options: ShareOptions) => {
  const seen = { pulled: 0, closes: 0, told: given.map(() => 0) }
  const ids = new Map<unknown, number>()
  const frames = given.map(({ size }, id): Frame => {
    if (size === 0) {
      const sent = () => {
        seen.told[id] = (seen.told[id] ?? 0) + 1
      }
      return { kind: 'flush', sent }
    }
    const bytes = new Uint8Array(size)
    ids.set(bytes, id)
    return data(bytes)
  })
  const body = fromPull<Frame>(() => ({
    pull() {
      const frame = frames[seen.pulled]
      const later = given[seen.pulled]?.later === true
      if (frame === undefined) return undefined
      if (!later) {
        seen.pulled++
        return frame
      }
      return turn().then(() => {
        seen.pulled++
        return frame
      })
    },
    close() {
      seen.closes++
    },
  }))
  const shared = share(body, options)
  const readers: Found[] = []
  const join = () => {
    try {
      const reading = pullFrom(shared.reader())
      readers.push({ reading, from: seen.pulled, ids: [], end: undefined, pulling: undefined })
    } catch (error) {
      assert.is(codeOf(error), 'BODY_USED')
    }
  }
  const pull = async (found: Found) => {
    try {
      const frame = await found.reading.pull()
      if (frame === undefined) found.end ??= 'end'
      else if (isData(frame)) found.ids.push(ids.get(frame.bytes) ?? -1)
      else if (isFlush(frame)) frame.sent?.()
    } catch (error) {
      found.end = codeOf(error)
    }
    found.pulling = undefined
  }
  const settle = async () => {
    for (let i = 0; i < 8; i++) await Promise.resolve()
  }
  join()
  join()
  for (const act of acts) {
    if (!('who' in act)) await (act.kind === 'join' ? join() : turn())
    else {
      const found = readers[act.who % readers.length]
      if (found === undefined || found.end !== undefined) continue
      if (act.kind === 'pull') found.pulling ??= pull(found)
      else {
        found.end = 'left'
        found.reading.close()
      }
    }
    await settle()
  }
  const drain = async (found: Found) => {
    await found.pulling
    while (found.end === undefined) await pull(found)
  }
  await within(bound, Promise.all(readers.map(drain)))
  await turn(2)
  return { seen, readers, shared }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown'

const scenes = fc.record({
  given: fc.array(fc.record({ size: fc.nat(3), later: fc.boolean() }), { maxLength: 12 }),
  acts: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('pull' as const), who: fc.nat(9) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(9) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('join' as const, 'turn' as const) }),
      },
    ),
    { maxLength: 40 },
  ),
  maxBytes: fc.integer({ min: 1, max: 8 }),
  replays: fc.boolean(),
})

for (const policy of policies)
  made(`${policy}: each has what is its own, in order, and all is let go`, async () => {
    const property = fc.asyncProperty(scenes, async ({ given, acts, maxBytes, replays }) => {
      const replayBytes = replays ? maxBytes : 0
      const { seen, readers, shared } = await play(given, acts, { policy, maxBytes, replayBytes })
      const dataIds = given.flatMap(({ size }, id) => (size > 0 ? [id] : []))
      for (const { ids, from, end } of readers) {
        assert.equal(
          ids,
          [...new Set(ids)].sort((a, b) => a - b),
          'out of order, or twice',
        )
        const first = ids[0]
        const start = replays && first !== undefined ? Math.min(from, first) : from
        const own = dataIds.filter((id) => id >= start)
        if (policy !== 'drop-oldest') assert.equal(ids, own.slice(0, ids.length), 'a gap')
        if (end === 'end' && policy !== 'drop-oldest') assert.equal(ids, own)
        if (end === 'end' && own.length > 0) assert.is(ids.at(-1), own.at(-1), 'not the newest')
        const ends = policy === 'disconnect' ? ['end', 'left', 'READER_SLOW'] : ['end', 'left']
        assert.ok(end !== undefined && ends.includes(end), end)
      }
      assert.is(shared.readers, 0)
      // All that left the source was told once; what came when all had gone too.
      const told = given.map(({ size }, id) => (size === 0 && id < seen.pulled ? 1 : 0))
      assert.equal(seen.told, told)
      assert.ok(seen.closes <= 1)
      assert.ok(seen.closes === 1 || seen.pulled === given.length)
    })
    await holds(property, 1000)
  })

made.run()

const entered = suite('share: a source, or a receipt, that uses what shares it')

interface Step {
  /** Bytes of a data frame; 0 for a flush with a receipt. */
  readonly size: number
  readonly later: boolean
  /** What the source does while it is pulled. */
  readonly during: readonly Deed[]
  /** What the receipt does when it is told. */
  readonly told: readonly Deed[]
}

interface Deed {
  readonly kind: 'pull' | 'leave' | 'join' | 'close' | 'throw'
  readonly who: number
}

interface Entering {
  readonly reading: Pull<AnyFrame>
  /** The first frame that is its own. */
  readonly from: number
  readonly ids: number[]
  /** How many flushes it has sent. */
  flushes: number
  /** Whether it is in a call of `pull`, and how many calls have not been answered. */
  asking: boolean
  asked: number
  /** Why nothing more may come. */
  end: string | undefined
}

/** Plays a scene in which source and receipts do the acting, and asserts what may be asserted while it goes on. */
const enter = async (steps: readonly Step[], options: ShareOptions) => {
  const seen = { pulled: 0, closes: 0, told: steps.map(() => 0), late: 0, early: 0 }
  const ids = new Map<unknown, number>()
  const readers: Entering[] = []
  let closed = false

  const join = () => {
    try {
      const reading = pullFrom(shared.reader())
      readers.push({
        reading,
        from: seen.pulled,
        ids: [],
        flushes: 0,
        asking: false,
        asked: 0,
        end: undefined,
      })
    } catch (error) {
      assert.is(codeOf(error), closed ? 'SOURCE_CLOSED' : 'BODY_USED')
    }
  }
  const take = (reader: Entering, frame: AnyFrame | undefined) => {
    if (frame === undefined) {
      reader.end ??= 'end'
      return
    }
    if (isData(frame)) reader.ids.push(ids.get(frame.bytes) ?? -1)
    if (!isFlush(frame)) return
    reader.flushes++
    frame.sent?.()
  }
  const ask = (reader: Entering) => {
    const asking = reader.asking
    reader.asking = true
    try {
      return reader.reading.pull()
    } finally {
      reader.asking = asking
    }
  }
  const pull = async (reader: Entering) => {
    // A reader asks again when it has its answer; only its source can ask while it is asking.
    if (reader.end !== undefined || (reader.asked > 0 && !reader.asking)) return
    reader.asked++
    try {
      const pulled = ask(reader)
      if (isPromiseLike(pulled)) {
        const frame = await pulled
        // It may have left while the answer was on its way.
        if (reader.end === undefined) take(reader, frame)
        else loseFrame(frame, 'it has left')
      } else {
        if (pulled !== undefined && reader.end !== undefined) seen.late++
        take(reader, pulled)
      }
    } catch (error) {
      reader.end ??= codeOf(error)
    }
    reader.asked--
  }
  const leave = (reader: Entering) => {
    reader.end ??= 'left'
    reader.reading.close()
  }
  const act = ({ kind, who }: Deed) => {
    const reader = readers[who % readers.length]
    if (kind === 'throw') throw new Error('it acts up')
    if (kind === 'join') join()
    else if (kind === 'close') {
      closed = true
      shared.close()
    } else if (reader !== undefined) {
      if (kind === 'leave') leave(reader)
      else pull(reader)
    }
  }
  const told = (id: number) => (lost?: unknown) => {
    seen.told[id] = (seen.told[id] ?? 0) + 1
    const flushesFrom = (from: number) =>
      steps.slice(from, id + 1).filter(({ size }) => size === 0).length
    const waiting = readers.filter(
      ({ from, flushes, end }) => end === undefined && flushes < flushesFrom(from),
    )
    if (options.policy === 'wait' && lost === undefined && waiting.length > 0) seen.early++
    for (const deed of steps[id]?.told ?? []) act(deed)
  }
  const frames = steps.map(({ size }, id): Frame => {
    if (size === 0) return { kind: 'flush', sent: told(id) }
    const bytes = new Uint8Array(size)
    ids.set(bytes, id)
    return data(bytes)
  })
  const body = fromPull<Frame>(() => ({
    pull() {
      const id = seen.pulled
      const frame = frames[id]
      for (const deed of steps[id]?.during ?? []) act(deed)
      if (frame === undefined) return undefined
      if (steps[id]?.later !== true) {
        seen.pulled++
        return frame
      }
      return turn().then(() => {
        seen.pulled++
        return frame
      })
    },
    close() {
      seen.closes++
    },
  }))
  const shared = share(body, options)
  join()
  join()
  const isOver = () => readers.every(({ asked, end }) => asked === 0 && end !== undefined)
  for (let rounds = 0; rounds < 200 && !isOver(); rounds++) {
    for (const reader of readers) pull(reader)
    await turn()
  }
  assert.ok(isOver(), 'a reader waits for ever')
  await turn(2)
  return { seen, readers, shared }
}

const deed = (kinds: readonly Deed['kind'][]) =>
  fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat(5) })

const often = ['pull', 'pull', 'pull', 'leave', 'join'] as const
const during = fc.oneof(
  { weight: 20, arbitrary: deed(often) },
  { weight: 1, arbitrary: deed(['close', 'throw']) },
)
const entering = fc.record({
  steps: fc.array(
    fc.record({
      size: fc.nat(3),
      later: fc.boolean(),
      during: fc.array(during, { maxLength: 3 }),
      told: fc.array(deed([...often, 'close', 'throw']), { maxLength: 2 }),
    }),
    { maxLength: 10 },
  ),
  maxBytes: fc.integer({ min: 1, max: 8 }),
})

for (const policy of policies)
  entered(
    `${policy}: nobody who has left is given anything, and receipts are told once`,
    async () => {
      const stop = hearReceiptErrors(() => {})
      const rejections = watchRejections()
      const property = fc.asyncProperty(entering, async ({ steps, maxBytes }) => {
        const { seen, readers, shared } = await enter(steps, { policy, maxBytes })
        assert.is(seen.late, 0, 'a frame for a reader that had left')
        assert.is(seen.early, 0, 'told before every reader had it')
        const dataIds = steps.flatMap(({ size }, id) => (size > 0 ? [id] : []))
        for (const { ids, from, end } of readers) {
          const own = dataIds.filter((id) => id >= from)
          if (policy !== 'drop-oldest') assert.equal(ids, own.slice(0, ids.length), 'a gap')
          else
            assert.equal(
              ids,
              [...new Set(ids)].sort((a, b) => a - b),
              'out of order, or twice',
            )
          if (end === 'end' && policy !== 'drop-oldest') assert.equal(ids, own)
          assert.ok(end !== undefined && ends.includes(end), end)
        }
        assert.is(shared.readers, 0)
        const told = steps.map(({ size }, id) => (size === 0 && id < seen.pulled ? 1 : 0))
        assert.equal(seen.told, told)
        assert.ok(seen.closes <= 1)
        assert.ok(seen.closes === 1 || seen.pulled === steps.length)
        assert.equal(rejections.reasons, [])
      })
      try {
        await holds(property, 1000)
      } finally {
        rejections.stop()
        stop()
      }
    },
  )

const ends = ['end', 'left', 'READER_SLOW', 'SOURCE_CLOSED', 'unknown']

entered.run()
