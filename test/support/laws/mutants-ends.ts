import { BodyError, data, fields, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  fromPull,
  isPromiseLike,
  loseFrame,
  observePause,
  pullFrom,
  pulling,
} from '@sluice/body/engine'
import {
  after,
  byHand,
  byHandOfAnyLength,
  inverted,
  isOther,
  mapData,
  onFrames,
} from './hand-written.ts'
import type { AnyFrame } from '@sluice/body'
import type { AnyBody, Got, Mutant } from './hand-written.ts'

const used = () => new BodyError('BODY_USED', 'Cannot read the body: it has been read')

/** A body that does with an error of its source what `on` says. */
const onError = (on: (error: unknown) => Got) => (): ((body: AnyBody) => AnyBody) =>
  byHand((source) => ({
    async pull() {
      try {
        return await source.pull()
      } catch (error) {
        return on(error)
      }
    },
    close: () => source.close(),
  }))

/** Gives a frame of its own in place of an error, and the error behind it. */
const beforeError = (make: () => AnyFrame) => (): ((body: AnyBody) => AnyBody) =>
  byHand((source) => {
    let failure: { readonly error: unknown } | undefined
    return {
      async pull() {
        if (failure !== undefined) {
          const { error } = failure
          failure = undefined
          throw error
        }
        try {
          return await source.pull()
        } catch (error) {
          failure = { error }
          return make()
        }
      },
      close: () => source.close(),
    }
  })

const named = (error: unknown): string => (error instanceof Error ? error.name : '')
const coded = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

const lose = (frame: Got): void => loseFrame(frame, 'the body was left')

/** Asks the source once more in the call that gives such a frame, and gives what came of it in the next one. */
const askingBehind = (isSuch: (frame: AnyFrame) => boolean): ((body: AnyBody) => AnyBody) =>
  byHand((source) => {
    let ahead: { readonly got: Got | PromiseLike<Got> } | undefined
    let closed = false
    /** Asks the source, and has its failure wait until it is read. */
    const ask = (): Got | PromiseLike<Got> => {
      try {
        const got = source.pull()
        if (!isPromiseLike(got)) return got
        const settled = Promise.resolve(got)
        settled.catch(() => {})
        return settled
      } catch (error) {
        const failed = Promise.reject(error)
        failed.catch(() => {})
        return failed
      }
    }
    return {
      pull() {
        if (closed) return undefined
        const got = ahead === undefined ? source.pull() : ahead.got
        ahead = undefined
        return after(got, (frame) => {
          if (frame === undefined || !isSuch(frame) || closed) return frame
          const next = ask()
          if (!isPromiseLike(next) && next !== undefined && isPause(next)) observePause(next)
          ahead = { got: next }
          return frame
        })
      },
      close() {
        closed = true
        if (ahead !== undefined) Promise.resolve(ahead.got).then(lose, () => {})
        ahead = undefined
        return source.close()
      },
    }
  })

/** Gives trailers of its own if the source fails and has given none. */
const trailersOnError = (): ((body: AnyBody) => AnyBody) =>
  async function* (body) {
    let given = false
    try {
      for await (const frame of body) {
        given ||= isTrailers(frame)
        if (!isData(frame) || frame.bytes.length > 0) yield frame
      }
    } catch (error) {
      if (!given) yield { kind: 'trailers', fields: fields({ 'x-state': 'broken' }) }
      throw error
    }
  }

/** Gives what a map makes of frames, in a loop that never lets others have a turn while that is nothing. */
const skipping = (makeMap: () => (frame: AnyFrame) => Got): ((body: AnyBody) => AnyBody) =>
  byHandOfAnyLength((source) => {
    const map = makeMap()
    const pull = (): Got | PromiseLike<Got> => {
      for (;;) {
        const got = source.pull()
        if (isPromiseLike(got))
          return got.then((frame: Got) => (frame === undefined ? frame : (map(frame) ?? pull())))
        if (got === undefined) return undefined
        const given = map(got)
        if (given !== undefined) return given
      }
    }
    return { pull, close: () => source.close() }
  })

/** Skips empty data, and such frames. */
const skippingSome = (isSkipped: (frame: AnyFrame) => boolean): ((body: AnyBody) => AnyBody) =>
  skipping(() => (frame) => {
    if (isData(frame) && frame.bytes.length === 0) return undefined
    if (!isSkipped(frame)) return frame
    lose(frame)
    return undefined
  })

/** Skips data up to a byte. */
const skippingUpTo = (byte: number): ((body: AnyBody) => AnyBody) =>
  skipping(() => {
    let isFound = false
    return (frame) => {
      if (!isData(frame)) return frame
      const at = isFound ? 0 : frame.bytes.indexOf(byte)
      isFound ||= at >= 0
      return isFound && frame.bytes.length > 0 ? data(frame.bytes.subarray(at)) : undefined
    }
  })

/** Mutants that are wrong about demand, closing, errors, the second reader, or fairness. */
export const mutantsOfEnds: readonly Mutant[] = [
  // Demand
  {
    name: 'asks the source when the body is made',
    law: 8,
    make: () => (body) => {
      const source = pullFrom(body)
      const first = (async () => source.pull())()
      first.catch(() => {})
      let taken = false
      return fromPull(() => ({
        pull() {
          if (taken) return source.pull()
          taken = true
          return first
        },
        close: () => source.close(),
      }))
    },
  },
  {
    name: 'reads one frame ahead once a frame had 64 KiB',
    law: 8,
    make: () =>
      byHand((source) => {
        let ahead: Promise<Got> | undefined
        return {
          async pull() {
            const frame = await (ahead ?? source.pull())
            ahead = undefined
            if (frame !== undefined && isData(frame) && frame.bytes.length >= 65_536) {
              ahead = Promise.resolve(source.pull())
              ahead.catch(() => {})
            }
            return frame
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'asks the source for each time that it is asked, also while it waits',
    law: 8,
    make: () => (body) => {
      const start = () => {
        const source = pullFrom(body)
        return {
          async next(): Promise<IteratorResult<AnyFrame, undefined>> {
            const value = await source.pull()
            return value === undefined ? { done: true, value } : { done: false, value }
          },
          async return(): Promise<IteratorResult<AnyFrame, undefined>> {
            await source.close()
            return { done: true, value: undefined }
          },
        }
      }
      return { byteLength: body.byteLength, [Symbol.asyncIterator]: start }
    },
  },
  {
    name: 'asks once more before it gives a flush',
    law: 8,
    make: () => askingBehind(isFlush),
  },
  {
    name: 'asks once more before it gives a pause',
    law: 8,
    make: () => askingBehind(isPause),
  },
  {
    name: 'asks once more before it gives an unknown kind',
    law: 8,
    make: () => askingBehind(isOther),
  },
  {
    name: 'has an iterator that passes on each call of next, also while one is pending',
    law: 8,
    make: () => (body) => {
      const start = () => {
        const source = body[Symbol.asyncIterator]()
        const next = async (): Promise<IteratorResult<AnyFrame, undefined>> => {
          const result = await source.next()
          if (result.done === true) return { done: true, value: undefined }
          return isData(result.value) && result.value.bytes.length === 0 ? next() : result
        }
        return {
          next,
          async return(): Promise<IteratorResult<AnyFrame, undefined>> {
            await source.return?.()
            return { done: true, value: undefined }
          },
        }
      }
      return { byteLength: body.byteLength, [Symbol.asyncIterator]: start }
    },
  },

  // Leaving early
  {
    name: 'closes its source and forgets the promise',
    law: 9,
    make: () =>
      byHand((source) => ({
        pull: () => source.pull(),
        close() {
          Promise.resolve(source.close()).then(() => {})
        },
      })),
  },
  {
    name: 'closes the source as often as it is closed',
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
            await source.return?.()
            await source.return?.()
          },
        }
      }, body.byteLength),
  },
  {
    name: 'does not close a source that it has not asked',
    law: 9,
    make: () =>
      byHand((source) => {
        let started = false
        return {
          pull() {
            started = true
            return source.pull()
          },
          close: () => (started ? source.close() : undefined),
        }
      }),
  },
  {
    name: 'does not close a source that it waits for',
    law: 9,
    make: () =>
      byHand((source) => {
        let waiting = false
        return {
          async pull() {
            waiting = true
            const frame = await source.pull()
            waiting = false
            return frame
          },
          close: () => (waiting ? undefined : source.close()),
        }
      }),
  },
  {
    name: 'throws on the first call and leaves the source open',
    law: 9,
    options: { mayFail: true },
    make: () =>
      byHand((source) => ({
        pull() {
          throw new Error('cannot start')
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'throws when it is started and leaves the source open',
    law: 9,
    options: { mayFail: true },
    make: () =>
      byHand(() => {
        throw new Error('cannot start')
      }),
  },
  {
    name: 'throws at a byte that it cannot read, and leaves the source open',
    law: 9,
    options: { mayFail: true },
    make: () =>
      byHand((source) => ({
        async pull() {
          const frame = await source.pull()
          if (frame !== undefined && isData(frame) && frame.bytes.includes(60))
            throw new Error('cannot read')
          return frame
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'closes after the trailers, and again when the reader does',
    law: 9,
    make: () => (body) =>
      fromPull(() => {
        const source = body[Symbol.asyncIterator]()
        return {
          async pull() {
            const result = await source.next()
            if (result.done === true) return undefined
            if (isTrailers(result.value)) await source.return?.()
            return result.value
          },
          async close() {
            await source.return?.()
          },
        }
      }, body.byteLength),
  },
  {
    name: 'closes the source 50 ms after the reader has left',
    law: 9,
    make: () =>
      byHand((source) => ({
        pull: () => source.pull(),
        close() {
          setTimeout(() => void source.close(), 50)
        },
      })),
  },

  // Errors
  {
    name: 'takes an AbortError for an end',
    law: 10,
    make: onError((error) => {
      if (named(error) !== 'AbortError') throw error
      return undefined
    }),
  },
  {
    name: 'takes a connection that was reset for an end',
    law: 10,
    make: onError((error) => {
      if (coded(error) !== 'ECONNRESET') throw error
      return undefined
    }),
  },
  {
    name: 'takes a stream that closed early for an end',
    law: 10,
    make: onError((error) => {
      if (coded(error) !== 'ERR_STREAM_PREMATURE_CLOSE' && coded(error) !== 'BODY_ENDED_EARLY')
        throw error
      return undefined
    }),
  },
  {
    name: 'takes a failure without a reason for an end',
    law: 10,
    make: onError((error) => {
      if (error) throw error
      return undefined
    }),
  },
  {
    name: 'adds its name to the message of an error',
    law: 10,
    make: onError((error) => {
      if (error instanceof Error) error.message = `mutant: ${error.message}`
      throw error
    }),
  },
  {
    name: 'makes an Error of what is none',
    law: 10,
    make: onError((error) => {
      throw error instanceof Error ? error : new Error(String(error))
    }),
  },
  {
    name: 'gives what it holds after the error',
    law: 10,
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () => (body) =>
      fromPull(() => {
        const source = pullFrom(body)
        let held: AnyFrame[] = []
        let failed = false
        return {
          async pull() {
            for (;;) {
              if (failed) return held.shift()
              const ready = held[0]
              if (ready !== undefined && !isData(ready)) return held.shift()
              try {
                const frame = await source.pull()
                if (frame === undefined) {
                  failed = true
                  continue
                }
                if (!isData(frame)) {
                  const all = [...held, frame]
                  held = []
                  if (all.length === 1) return frame
                  held = all.slice(1)
                  return all[0]
                }
                held.push(data(inverted(frame.bytes)))
              } catch (error) {
                failed = true
                throw error
              }
            }
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'asks a source again that has failed, once',
    law: 10,
    make: () =>
      byHand((source) => ({
        async pull() {
          try {
            return await source.pull()
          } catch (error) {
            const frame = await source.pull()
            if (frame === undefined) throw error
            return frame
          }
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'fails again each time that it is asked after an error',
    law: 10,
    make: () =>
      byHand((source) => {
        let failure: { readonly error: unknown } | undefined
        return {
          async pull() {
            if (failure !== undefined) throw failure.error
            try {
              return await source.pull()
            } catch (error) {
              failure = { error }
              throw error
            }
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'gives an error as data',
    law: 10,
    make: onError((error) => data(new TextEncoder().encode(String(error)))),
  },
  {
    name: 'gives a flush before an error',
    law: 10,
    make: beforeError(() => ({ kind: 'flush' })),
  },
  {
    name: 'gives a flush before an error, and none is made up',
    law: 2,
    make: beforeError(() => ({ kind: 'flush' })),
  },
  {
    name: 'gives a pause before an error',
    law: 10,
    make: beforeError(() => ({ kind: 'pause', until: Promise.resolve() })),
  },
  {
    name: 'says by a frame of an unknown kind that an error comes',
    law: 10,
    make: beforeError(() => ({ kind: 'failing' })),
  },
  {
    name: 'tells of an error in trailers',
    law: 10,
    make: trailersOnError,
  },
  {
    name: 'tells of an error in trailers, and may make trailers',
    law: 10,
    options: { adds: ['trailers'] },
    make: trailersOnError,
  },
  {
    name: 'tells of an error in trailers, which then come although none were given',
    law: 4,
    make: trailersOnError,
  },

  // One reader
  {
    name: 'gives the same iterator to a second reader',
    law: 11,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      let iterator: AsyncIterator<AnyFrame> | undefined
      return {
        byteLength: body.byteLength,
        [Symbol.asyncIterator]() {
          iterator ??= same[Symbol.asyncIterator]()
          return iterator
        },
      }
    },
  },
  {
    name: 'has an end for a second reader',
    law: 11,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      let read = false
      return {
        byteLength: body.byteLength,
        [Symbol.asyncIterator]() {
          if (read) return { next: async () => ({ done: true as const, value: undefined }) }
          read = true
          return same[Symbol.asyncIterator]()
        },
      }
    },
  },
  {
    name: 'refuses a second reader by an error without a code',
    law: 11,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      let read = false
      return {
        byteLength: body.byteLength,
        [Symbol.asyncIterator]() {
          if (read) throw new Error('already read')
          read = true
          return same[Symbol.asyncIterator]()
        },
      }
    },
  },
  {
    name: 'closes what the first reads when a second comes',
    law: 11,
    make: () => (body) => {
      const source = pullFrom(onFrames(() => (frame) => frame)(body))
      let read = false
      return {
        byteLength: body.byteLength,
        async *[Symbol.asyncIterator]() {
          if (read) {
            await source.close()
            throw used()
          }
          read = true
          try {
            for (let frame = await source.pull(); frame; frame = await source.pull()) yield frame
          } finally {
            await source.close()
          }
        },
      }
    },
  },
  {
    name: 'counts readers of the iterator and not those that pull',
    law: 11,
    make: () => (body) => {
      const source = pullFrom(onFrames(() => (frame) => frame)(body))
      let read = false
      const refuse = () => {
        if (read) throw used()
        read = true
      }
      return {
        byteLength: body.byteLength,
        [pulling]: () => source,
        [Symbol.asyncIterator]() {
          refuse()
          return fromPull(() => source)[Symbol.asyncIterator]()
        },
      }
    },
  },
  {
    name: 'lets a second reader in once the first has ended',
    law: 11,
    make: () => (body) => {
      const same = onFrames(() => (frame) => frame)(body)
      let reading = false
      let source: ReturnType<typeof pullFrom<AnyFrame>> | undefined
      return fromAgain(body, () => {
        if (reading) throw used()
        reading = true
        source ??= pullFrom(same)
        const from = source
        return {
          async pull() {
            const frame = await from.pull()
            if (frame === undefined) reading = false
            return frame
          },
          close: () => from.close(),
        }
      })
    },
  },

  // Fairness
  {
    name: 'looks for a line through all data at once',
    law: 12,
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () =>
      byHand((source) => {
        const held: AnyFrame[] = []
        let next: Got
        let ended = false
        const give = (): Got => {
          const first = held.shift()
          if (first !== undefined) return first
          const last = next
          next = undefined
          return last
        }
        /** Whether there is something to give, or nothing to come. */
        const isThere = (frame: Got): boolean => {
          if (frame !== undefined && isData(frame)) {
            if (frame.bytes.length > 0) held.push(mapData(frame, inverted))
            return false
          }
          if (frame === undefined) ended = true
          else if (isPause(frame)) frame.until.then(undefined, () => {})
          next = frame
          return true
        }
        const forget = (error: unknown): never => {
          held.length = 0
          ended = true
          throw error
        }
        const read = (): Got | PromiseLike<Got> => {
          while (!ended) {
            const got = source.pull()
            if (isPromiseLike(got))
              return got.then((frame: Got) => (isThere(frame) ? give() : pull()), forget)
            if (isThere(got)) break
          }
          return give()
        }
        const pull = (): Got | PromiseLike<Got> => {
          if (held.length > 0 && (next !== undefined || ended)) return give()
          if (next !== undefined) return give()
          try {
            return read()
          } catch (error) {
            return forget(error)
          }
        }
        return {
          pull,
          close() {
            loseFrame(next, 'the body was left')
            next = undefined
            held.length = 0
            ended = true
            return source.close()
          },
        }
      }),
  },
  {
    name: 'skips empty data without a turn',
    law: 12,
    make: () => skippingSome(() => false),
  },
  {
    name: 'skips flushes without a turn, which it may drop',
    law: 12,
    options: { drops: ['flush'] },
    make: () => skippingSome(isFlush),
  },
  {
    name: 'skips pauses without a turn, which it may drop',
    law: 12,
    also: [3],
    options: { drops: ['pause'] },
    make: () => skippingSome(isPause),
  },
  {
    name: 'skips unknown kinds without a turn, which it may drop',
    law: 12,
    also: [5],
    options: { drops: ['other'] },
    make: () => skippingSome(isOther),
  },
  {
    name: 'looks for the first < without a turn',
    law: 12,
    make: () => skippingUpTo(60),
  },
  {
    name: 'looks for the first a without a turn',
    law: 12,
    make: () => skippingUpTo(97),
  },
  {
    name: 'swallows data in a generator that never lets others have a turn',
    law: 12,
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () =>
      async function* (body) {
        let held: AnyFrame[] = []
        let waiting: AnyFrame | undefined
        try {
          for await (const frame of body) {
            if (isData(frame)) {
              if (frame.bytes.length > 0) held.push(data(inverted(frame.bytes)))
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
]

const fromAgain = (body: AnyBody, start: () => ReturnType<typeof pullFrom<AnyFrame>>): AnyBody => ({
  byteLength: body.byteLength,
  async *[Symbol.asyncIterator]() {
    const source = start()
    try {
      for (let frame = await source.pull(); frame; frame = await source.pull()) yield frame
    } finally {
      await source.close()
    }
  },
})
