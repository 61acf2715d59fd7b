import { concat, data, fields, isData, isFlush, isPause, isTrailers, noFields } from '@sluice/body'
import { fromPull, loseFrame, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter } from '@sluice/filter'
import {
  after,
  byHand,
  byHandOfAnyLength,
  isOther,
  mapByHand,
  onFrames,
  onKind,
} from './hand-written.ts'
import type { AnyFrame, Fields } from '@sluice/body'
import type { AnyPull, Got, Mutant, Step } from './hand-written.ts'

const withFields = (map: (list: Fields) => Fields): (() => Step) =>
  onKind('trailers', (frame) =>
    isTrailers(frame) ? { kind: 'trailers', fields: map(frame.fields) } : frame,
  )

const onOther =
  (map: (frame: AnyFrame) => AnyFrame | undefined): (() => Step) =>
  () =>
    onFrames(() => (frame) => (isOther(frame) ? map(frame) : frame))

/** Holds a last byte of such a kind, and forgets that trailers come before the end. */
const holdingLast = (isHeld: (byte: number) => boolean): (() => Step) => {
  const make = (source: AnyPull): AnyPull => {
    let held: Uint8Array = new Uint8Array()
    let waiting: AnyFrame | undefined
    const letGo = (): AnyFrame => {
      const frame = data(held)
      held = new Uint8Array()
      return frame
    }
    return {
      async pull() {
        for (;;) {
          const frame = waiting ?? (await source.pull())
          waiting = undefined
          if (frame === undefined) return held.length > 0 ? letGo() : undefined
          if (!isData(frame)) {
            if (held.length === 0 || isTrailers(frame)) return frame
            waiting = frame
            return letGo()
          }
          const bytes = concat([held, frame.bytes])
          const end = bytes.findLastIndex((byte) => !isHeld(byte)) + 1
          held = bytes.slice(Math.max(end, bytes.length - 1))
          const given = bytes.subarray(0, bytes.length - held.length)
          if (given.length > 0) return data(given)
        }
      },
      close() {
        loseFrame(waiting, 'the body was left')
        waiting = undefined
        return source.close()
      },
    }
  }
  return () => byHand(make)
}

/** Mutants that change what is in a frame, or how many bytes a body says it has. */
export const mutantsOfFrames: readonly Mutant[] = [
  // Trailers
  { name: 'loses the fields of the trailers', law: 4, make: withFields(() => noFields) },
  {
    name: 'sorts the fields of the trailers',
    law: 4,
    make: withFields((list) => fields([...list].sort(([a], [b]) => (a < b ? -1 : 1)))),
  },
  {
    name: 'joins the lines of one field of the trailers',
    law: 4,
    make: withFields((list) =>
      fields([...list].map(([name]) => [name, list.get(name) ?? ''] as const)),
    ),
  },
  {
    name: 'keeps the last line of each field of the trailers, as a record does',
    law: 4,
    make: withFields((list) => fields(Object.fromEntries(list))),
  },
  {
    name: 'writes the values of the trailers in lower case',
    law: 4,
    make: withFields((list) =>
      fields([...list].map(([name, value]) => [name, value.toLowerCase()] as const)),
    ),
  },
  {
    name: 'leaves out fields of the trailers without a value',
    law: 4,
    make: withFields((list) => fields([...list].filter(([, value]) => value !== ''))),
  },
  {
    name: 'keeps ten fields of the trailers',
    law: 4,
    make: withFields((list) => fields([...list].slice(0, 10))),
  },
  {
    name: 'gives a last CR behind the trailers',
    law: 4,
    options: { maxHeldBytes: 1 },
    make: holdingLast((byte) => byte === 13),
  },
  {
    name: 'gives a last LF behind the trailers',
    law: 4,
    options: { maxHeldBytes: 1 },
    make: holdingLast((byte) => byte === 10),
  },
  {
    name: 'gives the last byte of half a character behind the trailers',
    law: 4,
    options: { maxHeldBytes: 1 },
    make: holdingLast((byte) => byte >= 192),
  },
  {
    name: 'copies the trailers of a generator into a Map',
    law: 4,
    make: () =>
      async function* (body) {
        for await (const frame of body) {
          if (isTrailers(frame))
            yield { kind: 'trailers', fields: fields([...new Map(frame.fields)]) }
          else if (!isData(frame) || frame.bytes.length > 0) yield frame
        }
      },
  },

  // Unknown kinds
  {
    name: 'of unknown kinds leaves kind and id alone',
    law: 5,
    make: onOther((frame) =>
      'id' in frame ? { kind: frame.kind, id: frame.id } : { kind: frame.kind },
    ),
  },
  {
    name: 'copies unknown kinds by JSON',
    law: 5,
    make: onOther((frame) => JSON.parse(JSON.stringify(frame))),
  },
  {
    name: 'copies unknown kinds by structuredClone',
    law: 5,
    make: onOther((frame) => structuredClone(frame)),
  },
  {
    name: 'copies unknown kinds by a spread, which loses what their class has',
    law: 5,
    make: onOther((frame) => ({ ...frame })),
  },
  {
    name: 'writes a mark on unknown kinds',
    law: 5,
    make: onOther((frame) => Object.assign(frame, { seen: true })),
  },
  {
    name: 'writes the time on unknown kinds that it can write on',
    law: 5,
    make: onOther((frame) =>
      Object.isExtensible(frame) ? Object.assign(frame, { at: Date.now() }) : frame,
    ),
  },
  {
    name: 'inverts the bytes of any kind that has some',
    law: 5,
    make: onOther((frame) => {
      if ('bytes' in frame && frame.bytes instanceof Uint8Array)
        return { ...frame, bytes: frame.bytes.map((byte) => byte ^ 255) }
      return frame
    }),
  },
  {
    name: 'inverts the bytes of any kind where they are',
    law: 5,
    make: onOther((frame) => {
      if ('bytes' in frame && frame.bytes instanceof Uint8Array) frame.bytes.reverse()
      return frame
    }),
  },
  {
    name: 'waits for the until of any kind, in a generator',
    law: 5,
    make: () =>
      async function* (body) {
        for await (const frame of body) {
          if (isOther(frame) && 'until' in frame) await frame.until
          if (!isData(frame) || frame.bytes.length > 0) yield frame
        }
      },
  },
  {
    name: 'tells the receipt of any kind that has one',
    law: 5,
    make: onOther((frame) => {
      if ('sent' in frame && typeof frame.sent === 'function') frame.sent()
      return frame
    }),
  },
  {
    name: 'finds what to do by kind in an object, which inherits some',
    law: 5,
    make: () =>
      onFrames(() => {
        const ways: Record<string, (frame: AnyFrame) => AnyFrame> = { data: (frame) => frame }
        return (frame) => {
          const way = ways[frame.kind]
          return way === undefined ? frame : way(frame)
        }
      }),
  },
  {
    name: 'takes kinds that begin as data does for data',
    law: 5,
    make: onOther((frame) => (frame.kind.startsWith('data') ? undefined : frame)),
  },
  {
    name: 'passes only kinds that have a name',
    law: 5,
    make: onOther((f) => (f.kind ? f : undefined)),
  },
  {
    name: 'joins neighbours of one unknown kind',
    law: 5,
    make: () =>
      onFrames(() => {
        let before: string | undefined
        return (frame) => {
          const again = isOther(frame) && before === frame.kind
          before = frame.kind
          return again ? undefined : frame
        }
      }),
  },
  {
    name: 'takes a frame that it has seen before for one that came twice',
    law: 5,
    make: () =>
      onFrames(() => {
        const seen = new WeakSet()
        return (frame) => {
          if (isOther(frame) && seen.has(frame)) return undefined
          seen.add(frame)
          return frame
        }
      }),
  },
  {
    name: 'takes a flush that it has seen before for one that came twice',
    law: 2,
    make: () =>
      onFrames(() => {
        const seen = new WeakSet()
        return (frame) => {
          if (isFlush(frame) && seen.has(frame)) return undefined
          seen.add(frame)
          return frame
        }
      }),
  },
  {
    name: 'freezes unknown kinds',
    law: 5,
    make: onOther((frame) => Object.freeze(frame)),
  },

  // Empty data
  {
    name: 'calls itself for each empty frame, until the stack is full',
    law: 6,
    make: () =>
      byHand((source) => {
        const next = (): Got | PromiseLike<Got> => {
          const got = source.pull()
          return after(got, (frame) =>
            frame !== undefined && isData(frame) && frame.bytes.length === 0 ? next() : frame,
          )
        }
        return { pull: next, close: () => source.close() }
      }),
  },
  {
    name: 'gives up after a thousand empty frames',
    law: 6,
    make: () =>
      byHand((source) => {
        let empty = 0
        return {
          async pull() {
            for (;;) {
              const frame = await source.pull()
              if (frame === undefined || !isData(frame) || frame.bytes.length > 0) return frame
              if (++empty > 1000) throw new Error('too many empty frames')
            }
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'takes an empty frame for the end',
    law: 6,
    make: () =>
      byHand((source) => {
        let ended = false
        return {
          async pull() {
            if (ended) return undefined
            const frame = await source.pull()
            if (frame === undefined || !isData(frame) || frame.bytes.length > 0) return frame
            ended = true
            await source.close()
            return undefined
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'gives an empty frame for an empty body',
    law: 6,
    make: () =>
      byHand((source) => {
        let any = false
        return {
          async pull() {
            const frame = await source.pull()
            if (frame === undefined && !any) {
              any = true
              return data(new Uint8Array())
            }
            any = true
            return frame
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'gives what is left of a line without its blanks, and nothing may be left',
    law: 6,
    make: () =>
      async function* (body) {
        for await (const frame of body)
          yield isData(frame) ? data(frame.bytes.filter((byte) => byte !== 32)) : frame
      },
  },

  // byteLength
  {
    name: 'says that the body has 0 bytes where it was not known',
    law: 7,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      return fromPull(() => pullFrom(same), body.byteLength ?? 0)
    },
  },
  {
    name: 'doubles bytes, and a byteLength that is not known is NaN',
    law: 7,
    make: () => {
      const twice = filter('twice', () => ({ data: (bytes) => [bytes, bytes] }))
      return (body) => fromPull(() => pullFrom(twice(body)), Number(body.byteLength) * 2)
    },
  },
  {
    name: 'drops carriage returns and keeps the byteLength',
    law: 7,
    make: () =>
      filter(
        'withoutReturns',
        () => ({
          data: (bytes) => (bytes.includes(13) ? bytes.filter((byte) => byte !== 13) : bytes),
        }),
        { keepsLength: true },
      ),
  },
  {
    name: 'adds a newline at the end and keeps the byteLength',
    law: 7,
    make: () =>
      filter(
        'newline',
        () => ({
          data: (bytes) => bytes,
          release: (why) => (why === 'end' || why === 'trailers' ? Uint8Array.of(10) : undefined),
        }),
        { keepsLength: true },
      ),
  },
  {
    name: 'has a byteLength of what is still to come',
    law: 7,
    make: () => (body) => {
      let left = body.byteLength
      const same = onFrames(() => (frame) => {
        if (isData(frame) && left !== undefined) left -= frame.bytes.length
        return frame
      })(body)
      return {
        get byteLength() {
          return left
        },
        [Symbol.asyncIterator]: () => same[Symbol.asyncIterator](),
      }
    },
  },
  {
    name: 'says that a body of unknown length has endless bytes',
    law: 7,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      return fromPull(() => pullFrom(same), body.byteLength ?? Number.POSITIVE_INFINITY)
    },
  },

  // What a source may be
  {
    name: 'knows native promises alone',
    law: 3,
    make: () =>
      byHand((source) => ({
        pull() {
          const got = source.pull()
          if (got instanceof Promise) return got.then((frame: Got) => frame)
          return got === undefined || 'kind' in got ? got : undefined
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'asks every iterator to return, also those that have no such method',
    law: 9,
    make: () => (body) =>
      fromPull(() => {
        const source = body[Symbol.asyncIterator]()
        return {
          async pull() {
            const result = await source.next()
            return result.done === true ? undefined : result.value
          },
          async close() {
            if (source.return === undefined) throw new TypeError('return is not a function')
            await source.return()
          },
        }
      }, body.byteLength),
  },
  {
    name: 'takes the then of a pause away from what it belongs to',
    law: 3,
    make: () =>
      mapByHand(() => (frame) => {
        if (!isPause(frame)) return frame
        const { then } = frame.until
        return {
          kind: 'pause',
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
          until: { then: (...told: never[]) => Reflect.apply(then, undefined, told) },
        }
      }),
  },
  {
    name: 'tells data by whether it has bytes',
    law: 5,
    make: () =>
      frameFilter<never, AnyFrame>('byBytes', () => ({
        frame: (frame) => ('bytes' in frame ? { ...frame, kind: 'data' } : frame),
      })),
  },
  {
    name: 'holds trailers back until the source has ended, and does not forget them',
    law: 4,
    make: () =>
      byHandOfAnyLength((source) => {
        let held: Got
        return {
          async pull() {
            if (held !== undefined) {
              const last = held
              held = undefined
              return last
            }
            const frame = await source.pull()
            if (frame === undefined || !isTrailers(frame)) return frame
            held = frame
            const next = await source.pull()
            return next === undefined ? frame : next
          },
          close: () => source.close(),
        }
      }),
  },
]
