// Filters that promise by their traits what they do not do: test/laws/traits.test.ts.
import { concat, data, isData, isFlush, isTrailers } from '@sluice/body'
import { loseFrame, passingTraits } from '@sluice/body/engine'
import { filter, frameFilter, mapText } from '@sluice/filter'
import { coalesce } from '@sluice/write-buffering'
import type { AnyFrame, Flush } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { ByteSteps, FrameSteps } from '@sluice/filter'
import type { LawOptions } from '@sluice/laws'
import type { AnyFilter } from './filter-of.ts'

export interface LyingFilter {
  readonly name: string
  readonly make: () => AnyFilter
  readonly options?: LawOptions
  /** What it does. */
  readonly truth: Traits
  /** What it says instead of a part of that. */
  readonly lie: Partial<Traits>
  /** What the report has to say. */
  readonly found: RegExp
}

const never = Number.POSITIVE_INFINITY
const onBytes = (steps: () => ByteSteps) => (): AnyFilter => filter('liar', steps)
const onFrames = (steps: () => FrameSteps) => (): AnyFilter =>
  frameFilter<never, AnyFrame>('liar', steps)

const changing: Traits = { ...passingTraits, bytes: 'changed' }
const bounded: Traits = { ...passingTraits, holds: 'bounded' }
const whole: Traits = { ...passingTraits, holds: 'whole' }
const delaying: Traits = { ...passingTraits, flush: 'delayed' }
const losing: Traits = { ...passingTraits, flush: 'lost' }

/** Holds everything, and lets it go for the reasons given. */
const collecting = (lets: readonly string[]) => (): ByteSteps => {
  let held: Uint8Array[] = []
  return {
    data(bytes) {
      held.push(bytes)
      return undefined
    },
    release(why) {
      if (!lets.includes(why) || held.length === 0) return undefined
      const all = concat(held)
      held = []
      return all
    },
  }
}

/** Holds flushes until `leaves` says that they may leave; what is held at the end leaves there, if it is not lost. */
const holdingFlushes =
  (leaves: (frame: AnyFrame) => boolean, atEnd: 'kept' | 'lost' = 'kept') =>
  (): FrameSteps => {
    let held: Flush[] = []
    const take = () => held.splice(0)
    return {
      frame(frame) {
        if (isFlush(frame)) {
          held.push(frame)
          return undefined
        }
        if (isTrailers(frame) && atEnd === 'kept') return [...take(), frame]
        return leaves(frame) ? [frame, ...take()] : frame
      },
      end: () => (atEnd === 'kept' ? take() : undefined),
      close() {
        for (const frame of held) loseFrame(frame, 'it was held')
        held = []
      },
    }
  }

const ofBytes: readonly LyingFilter[] = [
  {
    name: 'changes every byte',
    make: onBytes(() => ({ data: (bytes) => bytes.map((byte) => byte ^ 1) })),
    truth: changing,
    lie: { bytes: 'kept' },
    found: /left, and .* came: its traits say bytes: 'kept'/,
  },
  {
    name: 'changes a byte far behind the first ones',
    make: onBytes(() => {
      let at = 0
      return {
        data(bytes) {
          const from = at
          at += bytes.length
          return at < 10_000 ? bytes : bytes.map((byte, i) => (from + i === 10_000 ? 0 : byte))
        },
      }
    }),
    truth: changing,
    lie: { bytes: 'kept' },
    found: /its traits say bytes: 'kept'/,
  },
  {
    name: 'ends with a mark',
    make: onBytes(() => ({
      data: (bytes) => bytes,
      release: (why) => (why === 'end' ? Uint8Array.of(46) : undefined),
    })),
    options: { refuses: ['trailers'] },
    truth: changing,
    lie: { bytes: 'kept' },
    found: /its traits say bytes: 'kept'/,
  },
  {
    name: 'marks the place of each flush',
    make: onBytes(() => ({
      data: (bytes) => bytes,
      release: (why) => (why === 'flush' ? Uint8Array.of(10) : undefined),
    })),
    options: { decode: (bytes) => bytes.filter((byte) => byte !== 10), showsCuts: true },
    truth: changing,
    lie: { bytes: 'kept' },
    found: /its traits say bytes: 'kept'/,
  },
]

const ofHolding: readonly LyingFilter[] = [
  {
    name: 'holds up to three bytes',
    make: () => coalesce({ minBytes: 4 }),
    options: { maxHeldBytes: 3 },
    truth: bounded,
    lie: { holds: 'nothing' },
    found: /it held \d bytes? when .* asked for more/,
  },
  {
    name: 'holds half a character, also over a flush',
    make: () => mapText((text) => text),
    options: { maxHeldOverFlushBytes: 3 },
    truth: { ...bounded, bytes: 'changed' },
    lie: { holds: 'nothing' },
    found: /bytes were held over it/,
  },
  {
    name: 'holds a byte of frames that are long',
    make: onBytes(() => {
      let held: Uint8Array | undefined
      const release = () => {
        const bytes = held
        held = undefined
        return bytes
      }
      return {
        *data(bytes) {
          const before = release()
          if (before !== undefined) yield before
          const to = bytes.length > 1000 ? bytes.length - 1 : bytes.length
          yield bytes.subarray(0, to)
          if (to < bytes.length) held = bytes.subarray(to)
        },
        release,
      }
    }),
    options: { maxHeldBytes: 1 },
    truth: bounded,
    lie: { holds: 'nothing' },
    found: /it held 1 bytes/,
  },
  {
    name: 'holds bytes, and no control frame shows it',
    make: () => coalesce({ minBytes: 4 }),
    options: { maxHeldBytes: 3, refuses: ['flush', 'pause', 'other'] },
    truth: bounded,
    lie: { holds: 'nothing' },
    found: /it held \d bytes and asked for more: its traits say holds: 'nothing'/,
  },
  {
    name: 'holds all until something lets it go',
    make: onBytes(collecting(['flush', 'pause', 'other', 'trailers', 'end'])),
    options: { maxHeldBytes: never },
    truth: whole,
    lie: { holds: 'bounded' },
    found: /bytes left only after the source had ended: its traits say holds: 'bounded'/,
  },
  {
    name: 'holds all until the end, whatever is flushed',
    make: onBytes(collecting(['trailers', 'end'])),
    options: { maxHeldBytes: never, maxHeldOverFlushBytes: never },
    truth: { ...whole, flush: 'delayed' },
    lie: { holds: 'bounded' },
    found: /bytes left only after the source had ended/,
  },
  {
    name: 'holds all, and says that it holds nothing',
    make: onBytes(collecting(['trailers', 'end'])),
    options: { maxHeldBytes: never, maxHeldOverFlushBytes: never },
    truth: { ...whole, flush: 'delayed' },
    lie: { holds: 'nothing' },
    found: /holds: 'nothing'|bytes were held over it/,
  },
  {
    name: 'holds all in a generator, and gives it at the end',
    make: () =>
      async function* (body) {
        const frames: AnyFrame[] = []
        for await (const frame of body) frames.push(frame)
        const bytes = concat(frames.flatMap((frame) => (isData(frame) ? [frame.bytes] : [])))
        if (bytes.length > 0) yield data(bytes)
        for (const frame of frames) if (!isData(frame)) yield frame
      },
    options: { maxHeldBytes: never, maxHeldOverFlushBytes: never },
    truth: { ...whole, flush: 'delayed' },
    lie: { holds: 'bounded' },
    found: /bytes left only after the source had ended/,
  },
]

const ofFlushes: readonly LyingFilter[] = [
  {
    name: 'drops flushes',
    make: onFrames(() => ({
      frame(frame) {
        if (!isFlush(frame)) return frame
        loseFrame(frame, 'it was dropped')
        return undefined
      },
    })),
    options: { drops: ['flush'] },
    truth: losing,
    lie: { flush: 'kept' },
    found: /a flush was lost: its traits say flush: 'kept'/,
  },
  {
    name: 'drops every flush, and says that they are late',
    make: onFrames(() => ({
      frame(frame) {
        if (!isFlush(frame)) return frame
        loseFrame(frame, 'it was dropped')
        return undefined
      },
    })),
    options: { drops: ['flush'] },
    truth: losing,
    lie: { flush: 'delayed' },
    found: /a flush was lost: its traits say flush: 'delayed'/,
  },
  {
    name: 'drops what it holds at the end',
    make: onFrames(holdingFlushes(isData, 'lost')),
    options: { drops: ['flush'], delaysFlush: true },
    truth: losing,
    lie: { flush: 'delayed' },
    found: /a flush was lost/,
  },
  {
    name: 'gives a flush after the data behind it',
    make: onFrames(holdingFlushes(isData)),
    options: { delaysFlush: true },
    truth: delaying,
    lie: { flush: 'kept' },
    found: /joined with others, or left late: its traits say flush: 'kept'/,
  },
  {
    name: 'gives all flushes at the end',
    make: onFrames(holdingFlushes(() => false)),
    options: { delaysFlush: true },
    truth: delaying,
    lie: { flush: 'kept' },
    found: /joined with others, or left late/,
  },
  {
    name: 'lets nothing out before a flush, as some transforms',
    make: onBytes(collecting(['trailers', 'end'])),
    options: { maxHeldBytes: never, maxHeldOverFlushBytes: never },
    truth: { ...whole, flush: 'delayed' },
    lie: { flush: 'kept' },
    found: /left after the flush frame/,
  },
]

export const lyingFilters: readonly LyingFilter[] = [...ofBytes, ...ofHolding, ...ofFlushes]
