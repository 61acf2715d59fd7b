import { BodyError, concat, data, fields, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import { fromPull, isPromiseLike, loseFrame, nextTurn, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter, through } from '@sluice/filter'
import { after, byHand, byHandOfAnyLength, inverted, mapByHand, onFrames } from './hand-written.ts'
import type { AnyFrame, Pause } from '@sluice/body'
import type { AnyBody, Got, Sample } from './hand-written.ts'

const some = (bytes: Uint8Array): Uint8Array | undefined => (bytes.length > 0 ? bytes : undefined)

/** Runs of a byte as its count and itself: what a compressor is like. */
const makeRuns = () => {
  let byte = -1
  let count = 0
  const out: number[] = []
  const endRun = () => {
    if (count > 0) out.push(count, byte)
    count = 0
  }
  const take = () => some(Uint8Array.from(out.splice(0)))
  return {
    data(bytes: Uint8Array) {
      for (const next of bytes) {
        if (next !== byte || count === 255) endRun()
        byte = next
        count++
      }
      return take()
    },
    release() {
      endRun()
      byte = -1
      return take()
    },
  }
}

const withoutRuns = (bytes: Uint8Array): Uint8Array => {
  const out: number[] = []
  for (let at = 0; at + 1 < bytes.length; at += 2)
    for (let count = bytes[at] ?? 0; count > 0; count--) out.push(bytes[at + 1] ?? 0)
  return Uint8Array.from(out)
}

const hexOf = (bytes: Uint8Array): Uint8Array =>
  new TextEncoder().encode(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))

const byteOfHex = (pair: readonly number[]): number => {
  const text = String.fromCharCode(...pair)
  if (!/^[0-9a-f]{2}$/.test(text)) throw new BodyError('BODY_INVALID', 'Cannot read hex: no digit')
  return Number.parseInt(text, 16)
}

/** Filters that keep all laws in ways of their own: what the kit says against one is a false alarm. */
export const lawfulFilters: readonly Sample[] = [
  {
    name: 'text in upper case, in a generator with a decoder',
    options: { maxHeldOverFlushBytes: 3 },
    make: () =>
      async function* (body) {
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
        const encoder = new TextEncoder()
        let ended = false
        const end = function* () {
          if (ended) return
          ended = true
          const rest = decoder.decode()
          if (rest !== '') yield data(encoder.encode(rest))
        }
        for await (const frame of body) {
          if (isTrailers(frame)) yield* end()
          if (!isData(frame)) {
            yield frame
            continue
          }
          const text = decoder.decode(frame.bytes, { stream: true }).toUpperCase()
          if (text !== '') yield data(encoder.encode(text))
        }
        yield* end()
      },
  },
  {
    name: 'frames joined to 4 KiB in memory of its own',
    options: { maxHeldBytes: 4096 },
    make: () =>
      filter('joined', () => {
        let held: Uint8Array[] = []
        let heldBytes = 0
        const release = () => {
          const all = some(concat(held))
          held = []
          heldBytes = 0
          return all
        }
        return {
          data(bytes) {
            held.push(bytes)
            heldBytes += bytes.length
            return heldBytes < 4096 ? undefined : release()
          },
          release,
        }
      }),
  },
  {
    name: 'frames cut into pieces of three bytes, in a generator',
    options: { maxBodyBytes: 140_000 },
    make: () =>
      async function* (body) {
        for await (const frame of body) {
          if (!isData(frame)) yield frame
          else
            for (let at = 0; at < frame.bytes.length; at += 3)
              yield data(frame.bytes.subarray(at, at + 3))
        }
      },
  },
  {
    name: 'frames cut into pieces of 1000 bytes, each there a turn later',
    make: () =>
      filter('pieces', () => ({
        async *data(bytes) {
          for (let at = 0; at < bytes.length; at += 1000) {
            if (at > 0 && at % 100_000 === 0) await nextTurn()
            yield bytes.subarray(at, at + 1000)
          }
        },
      })),
  },
  {
    name: 'lines, of which each is a frame, 64 bytes or less',
    options: { maxHeldBytes: 64 },
    make: () =>
      filter('lines', () => {
        let held: number[] = []
        const release = () => some(Uint8Array.from(held.splice(0)))
        return {
          *data(bytes) {
            for (const byte of bytes) {
              held.push(byte)
              if (byte !== 10 && held.length < 64) continue
              yield Uint8Array.from(held)
              held = []
            }
          },
          release,
        }
      }),
  },
  {
    name: 'every frame a microtask later',
    make: () =>
      byHand((source) => ({
        async pull() {
          const frame = await source.pull()
          await undefined
          return frame
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'every tenth frame a millisecond later, by a timer that closing clears',
    options: { maxBodyBytes: 1000 },
    make: () =>
      byHand((source) => {
        let at = 0
        let timer: ReturnType<typeof setTimeout> | undefined
        return {
          async pull() {
            const frame = await source.pull()
            if (++at % 10 === 0)
              await new Promise<void>((resolve) => {
                timer = setTimeout(resolve, 1)
              })
            return frame
          },
          close() {
            clearTimeout(timer)
            return source.close()
          },
        }
      }),
  },
  {
    name: 'a generator that passes all, and knows how it ended',
    make: () =>
      async function* (body) {
        let ended = false
        try {
          for await (const frame of body) if (!isData(frame) || frame.bytes.length > 0) yield frame
          ended = true
        } finally {
          if (!ended) await undefined
        }
      },
  },
  {
    name: 'runs of bytes, which a flush ends',
    options: { decode: withoutRuns, maxHeldBytes: 255 },
    make: () => filter('runs', makeRuns),
  },
  {
    name: 'hexadecimal digits, whose length is known',
    make: () => {
      const toHex = filter('toHex', () => ({ data: hexOf }))
      return (body) => {
        const length = body.byteLength
        return fromPull(() => pullFrom(toHex(body)), length === undefined ? undefined : length * 2)
      }
    },
  },
  {
    name: 'bytes of hexadecimal digits, of which half a pair is held',
    options: { inputs: hexOf, maxHeldOverFlushBytes: 1, mayFail: true },
    make: () =>
      filter('fromHex', () => {
        const pair: number[] = []
        return {
          data(bytes) {
            const out: number[] = []
            for (const byte of bytes) if (pair.push(byte) === 2) out.push(byteOfHex(pair.splice(0)))
            return some(Uint8Array.from(out))
          },
          release(why) {
            if (pair.length > 0 && (why === 'end' || why === 'trailers'))
              throw new BodyError('BODY_INVALID', 'Cannot read hex: half a pair')
            return undefined
          },
        }
      }),
  },
  {
    name: 'bytes with the number of each added',
    make: () =>
      filter(
        'numbered',
        () => {
          let at = 0
          return { data: (bytes) => bytes.map((byte) => byte + at++) }
        },
        { keepsLength: true },
      ),
  },
  {
    name: 'line feeds for CR LF, wherever it is cut',
    options: { maxHeldOverFlushBytes: 1 },
    make: () =>
      filter('lineFeeds', () => {
        let held = false
        return {
          data(bytes) {
            const out: number[] = []
            for (const byte of bytes) {
              if (held && byte !== 10) out.push(13)
              held = byte === 13
              if (!held) out.push(byte)
            }
            return some(Uint8Array.from(out))
          },
          release(why) {
            if (!held || (why !== 'end' && why !== 'trailers')) return undefined
            held = false
            return Uint8Array.of(13)
          },
        }
      }),
  },
  {
    name: 'a receipt that counts, and tells whoever waits',
    make: () =>
      mapByHand(() => {
        const told: unknown[] = []
        return (frame) => {
          if (!isFlush(frame) || frame.sent === undefined) return frame
          const { sent } = frame
          return {
            kind: 'flush',
            sent(lost?: unknown) {
              told.push(lost)
              sent(lost)
            },
          }
        }
      }),
  },
  {
    name: 'a pause that tells when it is over',
    make: () =>
      mapByHand(() => {
        const over: AnyFrame[] = []
        return (frame) => {
          if (!isPause(frame)) return frame
          const until = Promise.resolve(frame.until).finally(() => {
            over.push(frame)
          })
          until.catch(() => {})
          return { kind: 'pause', until }
        }
      }),
  },
  {
    name: 'a mark before each control frame, which waits in a queue',
    options: { maxHeldBytes: 1, decode: (bytes) => bytes.filter((byte) => byte !== 33) },
    make: () =>
      byHandOfAnyLength((source) => {
        const queue: AnyFrame[] = []
        return {
          async pull() {
            const waiting = queue.shift()
            if (waiting !== undefined) return waiting
            const frame = await source.pull()
            if (frame === undefined || (!isFlush(frame) && !isPause(frame))) return frame
            queue.push(frame)
            if (isPause(frame)) frame.until.then(undefined, () => {})
            return data(Uint8Array.of(33))
          },
          close() {
            for (const frame of queue.splice(0)) loseFrame(frame, 'the body was left')
            return source.close()
          },
        }
      }),
  },
  {
    name: 'no pauses: it waits for them itself',
    options: { drops: ['pause'] },
    make: () =>
      frameFilter<Pause, AnyFrame>('waits', () => ({
        async frame(frame) {
          if (!isPause(frame)) return frame
          await frame.until
          return undefined
        },
      })),
  },
  {
    name: 'a sum of the bytes in the trailers',
    options: { adds: ['trailers'] },
    make: () =>
      frameFilter<never, AnyFrame>(
        'summed',
        () => {
          let sum = 0
          let over = false
          return {
            frame(frame) {
              if (isData(frame)) for (const byte of frame.bytes) sum = (sum + byte) >>> 0
              if (!isTrailers(frame)) return frame
              over = true
              return { kind: 'trailers', fields: frame.fields.withAdded('x-sum', String(sum)) }
            },
            end: () =>
              over ? undefined : { kind: 'trailers', fields: fields({ 'x-sum': String(sum) }) },
          }
        },
        { keepsLength: true },
      ),
  },
  {
    name: 'a transform of the web',
    make: () =>
      through(
        () =>
          new TransformStream<Uint8Array, Uint8Array>({
            transform(bytes, controller) {
              controller.enqueue(inverted(bytes))
            },
          }),
      ),
  },
  {
    name: 'no more than twenty bytes',
    options: { mayFail: true },
    make: () =>
      filter('twenty', () => {
        let left = 20
        return {
          *data(bytes) {
            const allowed = some(bytes.subarray(0, left))
            left -= bytes.length
            if (allowed !== undefined) yield allowed
            if (left < 0) throw new BodyError('BODY_TOO_LARGE', 'Cannot pass the body: too long')
          },
        }
      }),
  },
  {
    name: 'bytes held until the source is quiet for 2 ms, 32 or less',
    options: { maxHeldBytes: 32 },
    make: () =>
      filter('quiet', () => {
        let held: Uint8Array[] = []
        let heldBytes = 0
        const release = () => {
          const all = some(concat(held))
          held = []
          heldBytes = 0
          return all
        }
        return {
          data(bytes) {
            held.push(bytes)
            heldBytes += bytes.length
            return heldBytes > 32 ? release() : undefined
          },
          release,
          idleMs: () => (held.length > 0 ? 2 : undefined),
        }
      }),
  },
  {
    name: 'a pull that answers with thenables of its own',
    make: () =>
      byHand((source) => ({
        pull() {
          const got = source.pull()
          if (!isPromiseLike(got)) return got
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
          return { then: (told, failed) => got.then(told, failed) }
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'an iterator alone, which is asked one at a time',
    make: () => (body: AnyBody) => {
      const same = onFrames(() => (frame) => frame)(body)
      return {
        byteLength: body.byteLength,
        [Symbol.asyncIterator]: () => same[Symbol.asyncIterator](),
      }
    },
  },
  {
    name: 'data in a generator that looks for a line, and lets others have a turn',
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () =>
      async function* (body) {
        let held: AnyFrame[] = []
        let turns = 0
        let waiting: AnyFrame | undefined
        try {
          for await (const frame of body) {
            if (++turns % 256 === 0) await nextTurn()
            if (isData(frame)) {
              if (frame.bytes.length > 0) held.push(frame)
              continue
            }
            waiting = frame
            if (isPause(frame)) frame.until.then(undefined, () => {})
            yield* held
            held = []
            waiting = undefined
            yield frame
          }
          yield* held
        } finally {
          loseFrame(waiting, 'the body was left')
        }
      },
  },
  {
    name: 'empty frames left out in a loop by hand, which lets others have a turn',
    make: () =>
      byHand((source) => {
        let skipped = 0
        const take = (first: Got): Got | PromiseLike<Got> => {
          let frame = first
          while (frame !== undefined && isData(frame) && frame.bytes.length === 0) {
            if (++skipped % 64 === 0) return nextTurn().then(() => after(source.pull(), take))
            const next = source.pull()
            if (isPromiseLike(next)) return next.then(take)
            frame = next
          }
          return frame
        }
        return { pull: () => after(source.pull(), take), close: () => source.close() }
      }),
  },
  {
    name: 'no trailers without fields, which say nothing',
    make: () =>
      onFrames(() => (frame) => (isTrailers(frame) && frame.fields.size === 0 ? undefined : frame)),
  },
  {
    name: 'bytes as bits of text, with a mark at the end',
    make: () =>
      filter('marked', () => {
        let over = false
        return {
          data: (bytes) => bytes,
          release(why) {
            if (over || (why !== 'end' && why !== 'trailers')) return undefined
            over = true
            return Uint8Array.of(46)
          },
        }
      }),
  },
]
