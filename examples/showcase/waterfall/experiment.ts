// Both children, their idle streams, and what is measured on them.
import { sleep } from '@sluice/pause'
import { startChild } from './child.ts'
import { openIdle, read } from './reader.ts'
import type { Child, Side } from './child.ts'
import type { Message, Stream } from './messages.ts'
import type { ChildMessage } from './report.ts'

export const idleStreams = 200
export const runMs = 3000

const streams: readonly Stream[] = ['page', 'events']
const sides: readonly Side[] = ['sluice', 'node']

export interface Experiment {
  /** Asks both for the page and the events, and tells each arrival. Ends the run before it. */
  run(number: number, flushed: boolean): Promise<void>
  end(): void
  /** Rejects when a child ends that nobody told to. */
  readonly failed: Promise<never>
}

export const startExperiment = async (tell: (message: Message) => void): Promise<Experiment> => {
  const over = new AbortController()
  let running = new AbortController()
  const startedAt = new Map<string, { stream: Stream; at: number }>()

  const madeBy =
    (side: Side) =>
    ({ target, what, at }: Extract<ChildMessage, { kind: 'made' }>) => {
      const asked = startedAt.get(`${side} ${target}`)
      if (asked === undefined) return
      tell({
        kind: 'made',
        side,
        stream: asked.stream,
        what,
        ms: at - performance.timeOrigin - asked.at,
      })
    }

  const children: Child[] = []
  const end = () => {
    over.abort()
    for (const child of children) child.end()
  }
  try {
    for (const started of await Promise.allSettled(
      sides.map((side) => startChild(side, madeBy(side))),
    )) {
      if (started.status === 'fulfilled') children.push(started.value)
      else throw started.reason
    }
    await Promise.all(children.map((child) => measureIdle(child, over.signal, tell)))
  } catch (error) {
    end()
    throw error
  }
  const failed = Promise.race(
    children.map(({ side, ended }) =>
      ended.then((how): never => {
        throw new Error(`The process of ${side} ended with ${how}`)
      }),
    ),
  )
  failed.catch(() => {})

  const follow = async (
    { side, port }: Child,
    stream: Stream,
    target: string,
    signal: AbortSignal,
  ) => {
    const at = performance.now()
    startedAt.set(`${side} ${target}`, { stream, at })
    try {
      for await (const arrival of read(port, target, signal)) {
        const { wireBytes, decodedBytes } = arrival
        tell({ kind: 'arrival', side, stream, ms: arrival.at - at, wireBytes, decodedBytes })
      }
      tell({ kind: 'end', side, stream, ms: performance.now() - at })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      startedAt.delete(`${side} ${target}`)
    }
  }

  return {
    failed,
    end,
    async run(number, flushed) {
      running.abort()
      const own = new AbortController()
      running = own
      const signal = AbortSignal.any([own.signal, over.signal])
      tell({ kind: 'run', number, lengthMs: runMs })
      const following = children.flatMap((child) =>
        streams.map((stream) =>
          follow(child, stream, `/${stream}?run=${number}${flushed ? '&flush' : ''}`, signal),
        ),
      )
      try {
        await Promise.all([sleep(runMs, { signal }), ...following.slice(0, 0)])
      } catch {
        // Ended by the next run.
      }
      own.abort()
      await Promise.all(following)
    },
  }
}

const measureIdle = async (child: Child, signal: AbortSignal, tell: (message: Message) => void) => {
  const warm = new AbortController()
  await openAll(child, 20, warm.signal)
  warm.abort()
  await sleep(200)
  const before = await child.measure(true)
  await openAll(child, idleStreams, signal)
  await sleep(300)
  const after = await child.measure(true)
  tell({ kind: 'memory', side: child.side, streams: idleStreams, before, after })
}

const openAll = async ({ port }: Child, count: number, signal: AbortSignal) => {
  for (let opened = 0; opened < count; opened += 20)
    await Promise.all(Array.from({ length: 20 }, () => openIdle(port, '/idle', signal)))
}
