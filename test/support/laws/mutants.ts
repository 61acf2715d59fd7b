// Filters that each break one law, in the way somebody writing a filter would. What a mutant breaks besides is in `also`.
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { concat, data, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import { fromPull, loseFrame, nextTurn, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter, through } from '@sluice/filter'
import { mutantsOfEnds } from './mutants-ends.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ByteSteps, FrameSteps } from '@sluice/filter'
import type { LawOptions } from '@sluice/laws'

export interface Mutant {
  readonly name: string
  /** The law that it breaks. */
  readonly law: number
  /** Other laws that cannot be kept beside it. */
  readonly also?: readonly number[]
  readonly make: () => (body: Body<AnyFrame>) => Body<AnyFrame>
  readonly options?: LawOptions
  /** What the report has to say. */
  readonly found: RegExp
}

type Frames = AsyncGenerator<AnyFrame>

const isEmpty = (frame: AnyFrame): boolean => isData(frame) && frame.bytes.length === 0
const isOther = (frame: AnyFrame): boolean =>
  !isData(frame) && !isFlush(frame) && !isPause(frame) && !isTrailers(frame)

/** A mutant on frames, with `frameFilter`: only what it does itself is wrong. */
const onFrames = (steps: () => FrameSteps) => () => frameFilter('mutant', steps)
const onBytes = (steps: () => ByteSteps) => () => filter('mutant', steps)
const byGenerator = (run: (body: Body<AnyFrame>) => Frames) => () => run

/** A mutant on the pull protocol, around the source's pull. */
const onPull =
  (change: (source: Pull<AnyFrame>) => Partial<Pull<AnyFrame>>) => () => (body: Body<AnyFrame>) =>
    fromPull<AnyFrame>(() => {
      const source = pullFrom(body)
      return {
        pull: () => skippingEmpty(source),
        close: () => source.close(),
        ...change(source),
      }
    })

const skippingEmpty = (
  source: Pull<AnyFrame>,
): AnyFrame | undefined | Promise<AnyFrame | undefined> => {
  const next = async (first: PromiseLike<AnyFrame | undefined>) => {
    let frame = await first
    while (frame !== undefined && isEmpty(frame)) frame = await source.pull()
    return frame
  }
  for (let skipped = 0; ; skipped++) {
    const answer = skipped < 1000 ? source.pull() : nextTurn().then(() => skippingEmpty(source))
    if (answer !== undefined && 'then' in answer) return next(answer)
    if (answer === undefined || !isEmpty(answer)) return answer
  }
}

/** Holds up to `maxBytes`, and lets go for the reasons given. */
const holding =
  (reasons: readonly string[], maxBytes = 4) =>
  (): ByteSteps => {
    let held: Uint8Array[] = []
    let heldBytes = 0
    const all = () => {
      const joined = concat(held)
      held = []
      heldBytes = 0
      return joined.length === 0 ? undefined : joined
    }
    return {
      data(bytes) {
        held.push(bytes)
        heldBytes += bytes.length
        return heldBytes >= maxBytes ? all() : undefined
      },
      release: (why) => (reasons.includes(why) ? all() : undefined),
    }
  }

const readBeginning = (bytes: Uint8Array): Uint8Array =>
  bytes.length === 0
    ? bytes
    : new Uint8Array(gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }))

const order: readonly Mutant[] = [
  {
    name: 'data leaves one frame late',
    law: 1,
    also: [7, 8],
    make: onFrames(() => {
      let held: AnyFrame | undefined
      const letGo = () => {
        const frame = held
        held = undefined
        return frame === undefined ? [] : [frame]
      }
      return {
        frame(frame) {
          if (!isData(frame)) return [...letGo(), frame]
          if (held === undefined) {
            held = frame
            return undefined
          }
          return [frame, ...letGo()]
        },
        end: letGo,
      }
    }),
    options: { maxHeldBytes: 4096 },
    found: /in another order/,
  },
  {
    name: 'unknown kinds let flush and pause go first',
    law: 1,
    also: [8],
    make: onFrames(() => {
      let held: AnyFrame[] = []
      const letGo = () => {
        const frames = held
        held = []
        return frames
      }
      return {
        frame(frame) {
          if (isOther(frame)) {
            held.push(frame)
            return undefined
          }
          return isFlush(frame) || isPause(frame) ? [frame, ...letGo()] : [...letGo(), frame]
        },
        end: letGo,
      }
    }),
    found: /left after one that came later|had come/,
  },
]

const flush: readonly Mutant[] = [
  {
    name: 'flushes are dropped, and their receipts with them',
    law: 2,
    make: onFrames(() => ({ frame: (frame) => (isFlush(frame) ? undefined : frame) })),
    found: /the receipt of a flush was never told/,
  },
  {
    name: 'flushes are dropped, and their receipts told so',
    law: 2,
    make: onFrames(() => ({
      frame(frame) {
        if (!isFlush(frame)) return frame
        frame.sent?.(new Error('dropped'))
        return undefined
      },
    })),
    found: /0 of kind flush left/,
  },
  {
    name: 'a flush is passed on without its receipt',
    law: 2,
    make: onFrames(() => ({ frame: (frame) => (isFlush(frame) ? { kind: 'flush' } : frame) })),
    found: /never told/,
  },
  {
    name: 'a receipt is told at once',
    law: 2,
    make: onFrames(() => ({
      frame(frame) {
        if (isFlush(frame)) frame.sent?.()
        return frame
      },
    })),
    found: /was told 2 times/,
  },
  {
    name: 'a flush is made up after much data',
    law: 2,
    make: onFrames(() => ({
      frame: (frame) =>
        isData(frame) && frame.bytes.length > 2 ? [frame, { kind: 'flush' }] : frame,
    })),
    found: /of kind flush left, and 0 ought to have/,
  },
  {
    name: 'bytes are held over a flush',
    law: 2,
    // How many are held depends on the cuts.
    also: [7],
    make: onBytes(holding(['pause', 'trailers', 'other', 'end'])),
    options: { maxHeldBytes: 3 },
    found: /held over/,
  },
  {
    name: 'the last byte is held over a flush',
    law: 2,
    make: onBytes(() => {
      let last: Uint8Array | undefined
      const letGo = () => {
        const bytes = last
        last = undefined
        return bytes
      }
      return {
        data(bytes) {
          const before = letGo()
          last = bytes.subarray(bytes.length - 1)
          return concat([before ?? new Uint8Array(), bytes.subarray(0, -1)])
        },
        release: (why) => (why === 'flush' ? undefined : letGo()),
      }
    }),
    options: { maxHeldBytes: 1 },
    found: /held over/,
  },
  {
    name: 'a flush waits for the next frame',
    law: 2,
    also: [8],
    make: onFrames(() => {
      let held: AnyFrame[] = []
      const letGo = () => {
        const frames = held
        held = []
        return frames
      }
      return {
        frame(frame) {
          if (!isFlush(frame)) return [...letGo(), frame]
          const before = letGo()
          held.push(frame)
          return before
        },
        end: letGo,
      }
    }),
    options: { timeoutMs: 250 },
    found: /did not leave while the source had nothing more/,
  },
  {
    name: 'a coder lets nothing go at a flush',
    law: 2,
    // It works in a thread: what has left when is by chance.
    also: [1, 3, 5, 6, 7, 8, 10, 12],
    make: () => through(() => new CompressionStream('gzip')),
    options: { decode: readBeginning, maxHeldBytes: 65_536, runs: 10 },
    found: /"" can be read of what left before the flush frame/,
  },
]

const pause: readonly Mutant[] = [
  {
    name: 'pauses are dropped',
    law: 3,
    make: onFrames(() => ({ frame: (frame) => (isPause(frame) ? undefined : frame) })),
    found: /0 of kind pause left/,
  },
  {
    name: 'bytes are held over a pause',
    law: 3,
    also: [7],
    make: onBytes(holding(['flush', 'trailers', 'other', 'end'])),
    options: { maxHeldBytes: 3 },
    found: /held over/,
  },
  {
    name: 'a pause is over at once',
    law: 3,
    make: onFrames(() => ({
      frame: (frame) =>
        isPause(frame) ? { kind: 'pause', until: Promise.race([frame.until, undefined]) } : frame,
    })),
    found: /went on before the pause was over/,
  },
  {
    name: 'a wait that fails is a wait that is over',
    law: 3,
    make: onFrames(() => ({
      frame: (frame) =>
        isPause(frame)
          ? { kind: 'pause', until: frame.until.then(undefined, () => undefined) }
          : frame,
    })),
    found: /did not fail when the wait had/,
  },
  {
    name: 'a wait that fails has another reason',
    law: 3,
    make: onFrames(() => ({
      frame: (frame) =>
        isPause(frame)
          ? {
              kind: 'pause',
              until: frame.until.then(undefined, () => Promise.reject(new Error('another'))),
            }
          : frame,
    })),
    found: /another error than the wait/,
  },
]

const trailers: readonly Mutant[] = [
  {
    name: 'trailers leave twice',
    law: 4,
    make: byGenerator(async function* (body) {
      for await (const frame of body) {
        yield frame
        if (isTrailers(frame)) yield frame
      }
    }),
    found: /2 times/,
  },
  {
    name: 'something leaves after the trailers',
    law: 4,
    make: byGenerator(async function* (body) {
      let hasTrailers = false
      for await (const frame of body) {
        hasTrailers = isTrailers(frame)
        yield frame
      }
      if (hasTrailers) yield data(Uint8Array.of(10))
    }),
    found: /after the trailers/,
  },
  {
    name: 'trailers are lost',
    law: 4,
    make: onFrames(() => ({ frame: (frame) => (isTrailers(frame) ? undefined : frame) })),
    found: /0 of kind trailers left/,
  },
]

const other: readonly Mutant[] = [
  {
    name: 'unknown kinds are dropped',
    law: 5,
    make: onFrames(() => ({ frame: (frame) => (isOther(frame) ? undefined : frame) })),
    found: /0 of an unknown kind left/,
  },
  {
    name: 'bytes are held over an unknown kind',
    law: 5,
    also: [7],
    make: onBytes(holding(['flush', 'pause', 'trailers', 'end'])),
    options: { maxHeldBytes: 3 },
    found: /left after the other frame/,
  },
  {
    name: 'what has bytes is taken for data',
    law: 5,
    also: [7],
    make: onFrames(() => ({
      frame: (frame) =>
        'bytes' in frame && frame.bytes instanceof Uint8Array ? data(frame.bytes) : frame,
    })),
    found: /0 of an unknown kind left/,
  },
  {
    name: 'kinds are looked for in an object',
    law: 5,
    make: onFrames(() => {
      const kinds: Readonly<Record<string, unknown>> = {}
      return { frame: (frame) => (kinds[frame.kind] === undefined ? frame : undefined) }
    }),
    found: /0 of an unknown kind left/,
  },
]

const empty: readonly Mutant[] = [
  {
    name: 'nothing to say is said in an empty frame',
    law: 6,
    make: byGenerator(async function* (body) {
      for await (const frame of body)
        if (!isData(frame)) yield frame
        else yield data(frame.bytes.filter((byte) => byte > 32))
    }),
    found: /data without bytes left/,
  },
  {
    name: 'empty data is taken for the end',
    law: 6,
    make: byGenerator(async function* (body) {
      for await (const frame of body) {
        if (isEmpty(frame)) return
        yield frame
      }
    }),
    found: /not what leaves without empty data/,
  },
  {
    name: 'empty data is taken for a flush',
    law: 6,
    also: [12, 3],
    make: byGenerator(async function* (body) {
      const held: Uint8Array[] = []
      for await (const frame of body) {
        if (isData(frame) && frame.bytes.length > 0) held.push(frame.bytes)
        else if (held.length > 0) yield data(concat(held.splice(0)))
        if (!isData(frame)) yield frame
      }
      if (held.length > 0) yield data(concat(held))
    }),
    // It would lose the receipt of a flush that it has in hand when the reader leaves.
    options: { maxHeldBytes: Number.POSITIVE_INFINITY, refuses: ['flush'] },
    found: /data left in frames of/,
  },
]

const cutting: readonly Mutant[] = [
  {
    name: 'every frame gets a line end',
    law: 7,
    make: onFrames(() => ({
      frame: (frame) => (isData(frame) ? [frame, data(Uint8Array.of(10))] : frame),
    })),
    found: /in one piece other content leaves|without control frames/,
  },
  {
    name: 'characters that are cut are replaced',
    law: 7,
    make: onBytes(() => ({
      data: (bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes)),
    })),
    found: /in one piece other content leaves|without control frames/,
  },
  {
    name: 'a flush shows in the bytes, and nothing says how to read them',
    law: 7,
    // What a flush adds looks as if it had been held.
    also: [8],
    make: onFrames(() => ({
      frame: (frame) => (isFlush(frame) ? [data(Uint8Array.of(10)), frame] : frame),
    })),
    found: /without control frames/,
  },
  {
    name: 'byteLength is kept though a byte is added',
    law: 7,
    make: () =>
      filter(
        'mutant',
        () => ({
          data: (bytes) => bytes,
          release: (why) => (why === 'end' ? Uint8Array.of(10) : undefined),
        }),
        {
          keepsLength: true,
        },
      ),
    options: { refuses: ['trailers'] },
    found: /byteLength says/,
  },
  {
    name: 'the bytes are changed where they are',
    law: 7,
    make: onBytes(() => ({ data: (bytes) => bytes.fill(42) })),
    found: /changed the bytes that it was given/,
  },
  {
    name: 'a coder codes every frame by itself',
    law: 7,
    make: onBytes(() => ({ data: (bytes) => new Uint8Array(gzipSync(bytes)) })),
    options: { decode: readBeginning, runs: 10 },
    found: /in one piece other content leaves/,
  },
]

const demand: readonly Mutant[] = [
  {
    name: 'reading begins when the filter is put on',
    law: 8,
    make: () => (body) => {
      const source = pullFrom(body)
      const first = Promise.resolve(source.pull())
      first.catch(() => {})
      let isFirst = true
      return fromPull<AnyFrame>(() => ({
        pull() {
          if (!isFirst) return skippingEmpty(source)
          isFirst = false
          return first.then((frame) =>
            frame !== undefined && isEmpty(frame) ? skippingEmpty(source) : frame,
          )
        },
        close: () => source.close(),
      }))
    },
    also: [3, 9],
    found: /while the reader was not asking/,
  },
  {
    name: 'all is taken before any is given',
    law: 8,
    make: onBytes(
      holding(['flush', 'pause', 'trailers', 'other', 'end'], Number.POSITIVE_INFINITY),
    ),
    options: { maxHeldBytes: 1024 },
    found: /it held \d+ bytes/,
  },
  {
    name: 'one byte more is held than its options say',
    law: 8,
    make: onBytes(holding(['flush', 'pause', 'trailers', 'other', 'end'], 5)),
    options: { maxHeldBytes: 3 },
    found: /it held 4 bytes .* \(3 bytes may be held\)/,
  },
  {
    name: 'a frame is read ahead',
    law: 8,
    make: onPull((source) => {
      let ahead: Promise<AnyFrame | undefined> | undefined
      let over = false
      const start = async () => {
        const frame = over ? undefined : await skippingEmpty(source)
        if (!over) return frame
        loseFrame(frame, 'the body was closed')
        return undefined
      }
      const startAhead = () => {
        ahead = start()
        ahead.catch(() => {})
      }
      return {
        async pull() {
          try {
            const frame = await (ahead ?? start())
            if (frame === undefined) over = true
            startAhead()
            return frame
          } catch (error) {
            over = true
            ahead = undefined
            throw error
          }
        },
        async close() {
          over = true
          const held = ahead
          ahead = undefined
          const closing = source.close()
          held?.then(
            (frame) => loseFrame(frame, 'the body was closed'),
            () => {},
          )
          await closing
        },
      }
    }),
    found: /it held|not asking|pulled again/,
  },
]

const leaving: readonly Mutant[] = [
  {
    name: 'leaving does not close the source',
    law: 9,
    make: onPull((source) => {
      let over = false
      return {
        pull: () => (over ? undefined : skippingEmpty(source)),
        close() {
          over = true
        },
      }
    }),
    found: /never closed|not closed before it had answered/,
  },
  {
    name: 'leaving closes the source twice',
    law: 9,
    make: onPull((source) => ({
      async close() {
        await source.close()
        await source.close()
      },
    })),
    found: /the source was closed 2 times/,
  },
  {
    name: 'a generator reads by hand, and has no finally',
    law: 9,
    make: byGenerator(async function* (body) {
      const frames = body[Symbol.asyncIterator]()
      for (let next = await frames.next(); next.done !== true; next = await frames.next())
        if (!isEmpty(next.value)) yield next.value
    }),
    found: /the source was never closed/,
  },
  {
    name: 'closing waits for the source to answer',
    law: 9,
    make: onPull((source) => {
      let pending: Promise<AnyFrame | undefined> | undefined
      return {
        async pull() {
          pending = Promise.resolve(skippingEmpty(source))
          return pending
        },
        async close() {
          await pending?.catch(() => undefined)
          await source.close()
        },
      }
    }),
    found: /was not closed before it had answered/,
  },
  {
    name: 'frames come after the reader has left',
    law: 9,
    make: onPull((source) => {
      let left = 0
      return {
        pull: () => (left > 0 ? { kind: 'late' } : skippingEmpty(source)),
        close() {
          left++
          return source.close()
        },
      }
    }),
    found: /the reader had left/,
  },
]

const failing: readonly Mutant[] = [
  {
    name: 'an error ends the body',
    law: 10,
    make: byGenerator(async function* (body) {
      try {
        for await (const frame of body) if (!isEmpty(frame)) yield frame
      } catch {}
    }),
    found: /it ended well, and its source had failed/,
  },
  {
    name: 'an error is told as another',
    law: 10,
    make: byGenerator(async function* (body) {
      try {
        for await (const frame of body) if (!isEmpty(frame)) yield frame
      } catch {
        throw new Error('Something went wrong')
      }
    }),
    found: /it failed with Error: Something went wrong/,
  },
  {
    name: 'an error that is nothing is none',
    law: 10,
    make: byGenerator(async function* (body) {
      let failure: unknown
      try {
        for await (const frame of body) if (!isEmpty(frame)) yield frame
      } catch (error) {
        failure = error
      }
      if (failure !== undefined) throw failure
    }),
    found: /it ended well/,
  },
  {
    name: 'the end mark is written whatever happened',
    law: 10,
    make: byGenerator(async function* (body) {
      let error: unknown
      let last: AnyFrame | undefined
      try {
        for await (const frame of body) {
          if (isTrailers(frame)) last = frame
          else if (!isEmpty(frame)) yield frame
        }
      } catch (thrown) {
        error = { thrown }
      }
      yield data(new TextEncoder().encode('</html>'))
      if (typeof error === 'object' && error !== null && 'thrown' in error) throw error.thrown
      if (last !== undefined) yield last
    }),
    found: /was made of the error/,
  },
  {
    name: 'the body goes on after the error',
    law: 10,
    make: onPull((source) => {
      let failed = false
      return {
        async pull() {
          try {
            return failed ? { kind: 'apology' } : await skippingEmpty(source)
          } catch (error) {
            failed = true
            throw error
          }
        },
      }
    }),
    found: /followed the error/,
  },
]

const oneReader: readonly Mutant[] = [
  {
    name: 'a second reader shares the first',
    law: 11,
    make: () => (body) => {
      const symbol: unique symbol = Symbol.for('sluice.pull')
      let source: Pull<AnyFrame> | undefined
      const start = () => {
        source ??= pullFrom(body)
        const shared = source
        return { pull: () => skippingEmpty(shared), close: () => shared.close() }
      }
      const iterable = () => fromPull(start)[Symbol.asyncIterator]()
      return { [symbol]: start, [Symbol.asyncIterator]: iterable }
    },
    found: /a second reading began/,
  },
  {
    name: 'a second reading is an error of another kind',
    law: 11,
    make: () => (body) => {
      const symbol: unique symbol = Symbol.for('sluice.pull')
      let used = false
      const start = () => {
        if (used) throw new TypeError('This body is locked')
        used = true
        const source = pullFrom(body)
        return { pull: () => skippingEmpty(source), close: () => source.close() }
      }
      const iterable = () => fromPull(start)[Symbol.asyncIterator]()
      return { [symbol]: start, [Symbol.asyncIterator]: iterable }
    },
    found: /TypeError: This body is locked/,
  },
]

const fairness: readonly Mutant[] = mutantsOfEnds
  .filter(({ law }) => law === 12)
  .map((mutant) => ({ ...mutant, found: /took 20000 frames without a wait/ }))

export const mutants: readonly Mutant[] = [
  ...order,
  ...flush,
  ...pause,
  ...trailers,
  ...other,
  ...empty,
  ...cutting,
  ...demand,
  ...leaving,
  ...failing,
  ...oneReader,
  ...fairness,
]
