// share: made-up scenes of readers that come, read, dawdle and leave.
import { data, fromPull, isData, isFlush, pullFrom } from '@sluice/body'
import { share } from '@sluice/write-buffering'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from './support/holds.ts'
import { turn, within } from './support/within.ts'
import type { AnyFrame, Frame, Pull } from '@sluice/body'
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
