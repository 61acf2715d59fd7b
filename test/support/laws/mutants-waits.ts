import { BodyError, data, isData, isFlush, isPause } from '@sluice/body'
import { fromPull, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter } from '@sluice/filter'
import { byHand, inverted, isOther, mapByHand, onFrames, onKind } from './hand-written.ts'
import type { AnyFrame, Flush, Pause, Receipt } from '@sluice/body'
import type { AnyPull, Got, Mutant, Step } from './hand-written.ts'

const onFlush = (map: (frame: Flush) => AnyFrame | undefined): (() => Step) =>
  onKind('flush', (frame) => (isFlush(frame) ? map(frame) : frame))

const withReceipt = (tell: (sent: Receipt) => Receipt): (() => Step) =>
  onFlush((frame) => (frame.sent === undefined ? frame : { kind: 'flush', sent: tell(frame.sent) }))

const onPause = (map: (frame: Pause) => AnyFrame | undefined): (() => Step) =>
  onKind('pause', (frame) => (isPause(frame) ? map(frame) : frame))

/** Two frames for one: the first is given, and the second waits in a queue until the reader asks again. */
const queueing = (
  before: (frame: AnyFrame) => AnyFrame | undefined,
  onClose: (queue: readonly AnyFrame[]) => void,
): (() => Step) => {
  const make = (source: AnyPull): AnyPull => {
    const queue: AnyFrame[] = []
    return {
      async pull() {
        const waiting = queue.shift()
        if (waiting !== undefined) return waiting
        const frame = await source.pull()
        if (frame === undefined) return undefined
        const first = before(frame)
        if (first === undefined) return frame
        queue.push(frame)
        return first
      },
      close() {
        onClose(queue)
        return source.close()
      },
    }
  }
  return () => (body) => fromPull(() => make(pullFrom(body)))
}

const mark = (): AnyFrame => data(Uint8Array.of(33))

const left = new Set<ReturnType<typeof setTimeout>>()

/** A timer that a mutant may leave behind. */
const longTimer = (run: () => void = () => {}): ReturnType<typeof setTimeout> => {
  const timer = setTimeout(run, 30_000)
  left.add(timer)
  return timer
}

/** Clears what mutants have left, which would keep the process running. */
export const clearLongTimers = (): void => {
  for (const timer of left) clearTimeout(timer)
  left.clear()
}

/** Mutants that are wrong about flushes and their receipts, pauses and what they wait for, and about timers. */
export const mutantsOfWaits: readonly Mutant[] = [
  // Flush and its receipt
  { name: 'copies a flush without its receipt', law: 2, make: onFlush(() => ({ kind: 'flush' })) },
  {
    name: 'tells a receipt of no reason if the reason is falsy',
    law: 2,
    make: withReceipt((sent) => (lost) => (lost ? sent(lost) : sent())),
  },
  {
    name: 'tells a receipt of no reason if the reason is null',
    law: 2,
    make: withReceipt((sent) => (lost) => sent(lost ?? undefined)),
  },
  {
    name: 'tells a receipt when the flush comes, and passes the flush without it',
    law: 2,
    make: onFlush((frame) => {
      frame.sent?.()
      return { kind: 'flush' }
    }),
  },
  {
    name: 'tells a receipt when the flush comes, and again when it is sent',
    law: 2,
    make: onFlush((frame) => {
      frame.sent?.()
      return frame
    }),
  },
  {
    name: 'tells a receipt without the reason of its loss',
    law: 2,
    make: withReceipt((sent) => () => sent()),
  },
  {
    name: 'tells a receipt a reason of its own',
    law: 2,
    make: withReceipt((sent) => (lost) => sent(lost === undefined ? undefined : new Error('lost'))),
  },
  {
    name: 'tells a receipt null where there is no reason',
    law: 2,
    make: withReceipt((sent) => (lost) => sent(lost ?? null)),
  },
  {
    name: 'tells a receipt 100 ms late',
    law: 2,
    make: withReceipt((sent) => (lost) => {
      setTimeout(() => sent(lost), 100)
    }),
  },
  {
    name: 'tells no receipt once the body has ended',
    law: 2,
    make: () =>
      byHand((source) => {
        let over = false
        return {
          async pull() {
            const frame = await source.pull()
            if (frame === undefined) over = true
            if (frame === undefined || !isFlush(frame) || frame.sent === undefined) return frame
            const { sent } = frame
            return {
              kind: 'flush',
              sent(lost?: unknown) {
                if (!over) sent(lost)
              },
            }
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'tells the receipt of the latest flush only',
    law: 2,
    make: () =>
      onFrames(() => {
        let latest: Receipt | undefined
        return (frame) => {
          if (!isFlush(frame) || frame.sent === undefined) return frame
          latest = frame.sent
          return { kind: 'flush', sent: (lost?: unknown) => latest?.(lost) }
        }
      }),
  },
  {
    name: 'tells every receipt that it is lost when the body closes, also those that were sent',
    law: 2,
    make: () =>
      frameFilter<never, AnyFrame>('tellsAll', () => {
        const receipts: Receipt[] = []
        return {
          frame(frame) {
            if (isFlush(frame) && frame.sent !== undefined) receipts.push(frame.sent)
            return frame
          },
          close() {
            for (const sent of receipts)
              sent(new BodyError('FLUSH_LOST', 'Cannot send the flush: closed'))
          },
        }
      }),
  },
  {
    name: 'forgets the flush in its queue when the reader leaves',
    law: 2,
    make: queueing(
      (frame) => (isFlush(frame) ? mark() : undefined),
      () => {},
    ),
  },
  {
    name: 'tells the receipt in its queue without a reason when the reader leaves',
    law: 2,
    make: queueing(
      (frame) => (isFlush(frame) ? mark() : undefined),
      (queue) => {
        for (const frame of queue) if (isFlush(frame)) frame.sent?.()
      },
    ),
  },
  {
    name: 'tells a receipt as a flush of 1000 that were joined',
    law: 2,
    make: () =>
      onFrames(() => {
        let inRow = 0
        return (frame) => {
          inRow = isFlush(frame) ? inRow + 1 : 0
          if (inRow <= 1000) return frame
          if (isFlush(frame)) frame.sent?.()
          return undefined
        }
      }),
  },
  {
    name: 'flushes by itself after a frame of 64 KiB',
    law: 2,
    make: () =>
      frameFilter<never, AnyFrame>('flushesLarge', () => ({
        frame: (frame) =>
          isData(frame) && frame.bytes.length >= 65_536 ? [frame, { kind: 'flush' }] : frame,
      })),
  },
  {
    name: 'flushes by itself when the source is quiet for 20 ms',
    law: 2,
    make: () =>
      frameFilter<never, AnyFrame>('flushesQuiet', () => ({
        frame: (frame) => frame,
        idleMs: () => 20,
        idle: () => ({ kind: 'flush' }),
      })),
  },
  {
    name: 'holds a flush for 5 ms, and loses it where the body ends before',
    law: 2,
    make: () =>
      frameFilter<never, AnyFrame>('later', () => {
        let held: Got
        const take = () => {
          const frame = held
          held = undefined
          return frame
        }
        return {
          frame(frame) {
            if (!isFlush(frame)) return frame
            held = frame
            return undefined
          },
          idleMs: () => (held === undefined ? undefined : 5),
          idle: take,
        }
      }),
  },

  // Pause
  {
    name: 'waits for something else than the pause says',
    law: 3,
    make: onPause(() => ({ kind: 'pause', until: Promise.resolve() })),
  },
  {
    name: 'waits for a pause itself, and swallows its failure',
    law: 3,
    make: () =>
      async function* (body) {
        for await (const frame of body) {
          if (isPause(frame)) await Promise.resolve(frame.until).catch(() => {})
          else if (!isData(frame) || frame.bytes.length > 0) yield frame
        }
      },
  },
  {
    name: 'waits for a pause before it passes it on',
    law: 3,
    make: () =>
      async function* (body) {
        for await (const frame of body) {
          if (isPause(frame)) await frame.until
          if (!isData(frame) || frame.bytes.length > 0) yield frame
        }
      },
  },
  {
    name: 'counts the pauses that are over, in a promise of which nobody sees the failure',
    law: 3,
    make: () => {
      const over: AnyFrame[] = []
      return mapByHand(() => (frame) => {
        if (isPause(frame)) void frame.until.then(() => over.push(frame))
        return frame
      })
    },
  },
  {
    name: 'calls catch of what a pause waits for, which is no more than a thenable',
    law: 3,
    make: onPause((frame) => {
      if (!('catch' in frame.until)) throw new TypeError('frame.until.catch is not a function')
      return frame
    }),
  },
  {
    name: 'forgets the pause in its queue when the reader leaves, and nobody sees its failure',
    law: 3,
    make: queueing(
      (frame) => (isPause(frame) ? mark() : undefined),
      () => {},
    ),
  },
  {
    name: 'drops a pause when another is over, and nobody sees its failure',
    law: 3,
    make: () =>
      onFrames(() => {
        let before: AnyFrame | undefined
        return (frame) => {
          const again = before !== undefined && isPause(before) && isPause(frame)
          before = frame
          return again ? undefined : frame
        }
      }),
  },
  {
    name: 'drops pauses, as it may, and nobody sees their failure',
    law: 3,
    options: { drops: ['pause'] },
    make: onPause(() => undefined),
  },
  {
    name: 'ends a pause after 100 ms, and clears its timer',
    law: 3,
    make: onPause((frame) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, 100)
      })
      const until = Promise.race([frame.until, late]).finally(() => clearTimeout(timer))
      until.catch(() => {})
      return { kind: 'pause', until }
    }),
  },
  {
    name: 'fails a pause after 30 s',
    law: 9,
    make: onPause((frame) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<void>((_, reject) => {
        timer = longTimer(() => reject(new Error('too long')))
      })
      const until = Promise.race([frame.until, late]).finally(() => clearTimeout(timer))
      until.catch(() => {})
      return { kind: 'pause', until }
    }),
  },
  {
    name: 'tells a pause that fails an error of its own',
    law: 3,
    make: onPause((frame) => {
      const until = Promise.resolve(frame.until).catch(() => {
        throw new Error('the pause failed')
      })
      until.catch(() => {})
      return { kind: 'pause', until }
    }),
  },
  {
    name: 'takes a pause that fails without a reason for one that is over',
    law: 3,
    make: onPause((frame) => {
      const until = Promise.resolve(frame.until).catch((reason: unknown) => {
        if (reason) throw reason
      })
      until.catch(() => {})
      return { kind: 'pause', until }
    }),
  },
  {
    name: 'joins pauses that follow each other, and waits for the first',
    law: 3,
    make: () =>
      onFrames(() => {
        let waiting = false
        return (frame) => {
          const joined = waiting && isPause(frame)
          waiting = isPause(frame)
          if (joined && isPause(frame)) frame.until.then(undefined, () => {})
          return joined ? undefined : frame
        }
      }),
  },
  {
    name: 'reads on while the pause lasts, ahead of the reader',
    law: 9,
    make: () =>
      byHand((source) => {
        let ahead: Promise<Got> | undefined
        return {
          async pull() {
            const frame = await (ahead ?? source.pull())
            ahead = undefined
            if (frame !== undefined && isPause(frame)) {
              ahead = Promise.resolve(source.pull())
              ahead.catch(() => {})
            }
            return frame
          },
          close: () => source.close(),
        }
      }),
  },

  // Timers
  {
    name: 'sets a timer for each wait, and clears it only once the source has answered',
    law: 9,
    make: () =>
      byHand((source) => ({
        pull() {
          const got = source.pull()
          if (!isPromiseLike(got)) return got
          const timer = longTimer()
          return Promise.resolve(got).finally(() => clearTimeout(timer))
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'sets a timer for each body and does not clear it',
    law: 9,
    make: () =>
      filter('timed', () => {
        longTimer()
        return { data: (bytes) => bytes }
      }),
  },
  {
    name: 'sets a timer for each frame, and clears those of data alone',
    law: 9,
    make: () =>
      byHand((source) => ({
        async pull() {
          const timer = longTimer()
          const frame = await source.pull()
          if (frame !== undefined) clearTimeout(timer)
          return frame
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'sets a timer that it clears at the end, and not when the reader leaves',
    law: 9,
    make: () =>
      byHand((source) => {
        let ticking: ReturnType<typeof setTimeout> | undefined
        return {
          async pull() {
            ticking ??= longTimer()
            const frame = await source.pull()
            if (frame === undefined) clearTimeout(ticking)
            return frame
          },
          close: () => source.close(),
        }
      }),
  },
  {
    name: 'sets a timer that it clears when the reader leaves, and not when the source fails',
    law: 9,
    make: () =>
      byHand((source) => {
        let ticking: ReturnType<typeof setTimeout> | undefined
        return {
          async pull() {
            ticking ??= longTimer()
            const frame = await source.pull()
            if (frame === undefined) clearTimeout(ticking)
            return frame
          },
          close() {
            clearTimeout(ticking)
            return source.close()
          },
        }
      }),
  },
  {
    name: 'asks a slow source again after 20 ms',
    law: 8,
    make: () =>
      byHand((source) => {
        const pull = async (): Promise<Got> => {
          const asked = Promise.resolve(source.pull())
          let timer: ReturnType<typeof setTimeout> | undefined
          const slow = new Promise<'slow'>((resolve) => {
            timer = setTimeout(() => resolve('slow'), 20)
          })
          const first = await Promise.race([asked, slow])
          clearTimeout(timer)
          if (first !== 'slow') return first
          return Promise.race([asked, Promise.resolve(source.pull())])
        }
        return { pull, close: () => source.close() }
      }),
  },
  {
    name: 'takes a source that is quiet for 100 ms for one that has ended',
    law: 10,
    make: () =>
      byHand((source) => ({
        async pull() {
          const asked = Promise.resolve(source.pull())
          let timer: ReturnType<typeof setTimeout> | undefined
          const quiet = new Promise<undefined>((resolve) => {
            timer = setTimeout(() => resolve(undefined), 100)
          })
          try {
            return await Promise.race([asked, quiet])
          } finally {
            clearTimeout(timer)
          }
        },
        close: () => source.close(),
      })),
  },
  {
    name: 'holds data until the source is quiet, and forgets it over unknown kinds',
    law: 5,
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () =>
      frameFilter<never, AnyFrame>('quiet', () => {
        let held: AnyFrame[] = []
        const take = () => {
          const frames = held
          held = []
          return frames
        }
        return {
          frame(frame) {
            if (!isData(frame)) return isOther(frame) ? frame : [...take(), frame]
            held.push(data(inverted(frame.bytes)))
            return undefined
          },
          end: take,
          idleMs: () => (held.length > 0 ? 1 : undefined),
          idle: take,
        }
      }),
  },
]
