// A clock that stands still, and requests that hold the event loop by it: a busy machine changes nothing.
import { executionAsyncId } from 'node:async_hooks'
import { setImmediate as immediate } from 'node:timers/promises'
import { lagWarning } from '@sluice/blocking'
import { readText, toBody } from '@sluice/body'
import { stream } from '@sluice/stack'
import { requestOf } from './server/request.ts'
import type { LagWarningOptions, LoopLag } from '@sluice/blocking'
import type { Handler, HttpRequest, PassingMiddleware } from '@sluice/stack'

let nowMs = 1000

/** From now on only `hold` moves the clock. */
export const stopClock = (): void => {
  performance.now = () => nowMs
}

/** Computes for so long. */
export const hold = (ms: number): void => {
  nowMs += ms
}

export const sleep = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Longer than from one look at the loop to the next, if `maxLagMs` is 20. */
export const look = (): Promise<void> => sleep(20)

export const post = (target: string): HttpRequest =>
  requestOf({ method: 'POST', target, body: toBody(['one', 'two']) })

/** A handler by a name that the bundler does not change. */
export const named = (name: string, handler: Handler): Handler =>
  Object.defineProperty(handler, 'name', { value: name })

/** A request in flight until it is told to end: it runs in each turn of the loop, and computes a little. */
export const besides = (watch: PassingMiddleware): (() => Promise<void>) => {
  let isOver = false
  async function* steps() {
    for (let step = 0; !isOver; step++) {
      await immediate()
      if (step < 5) hold(1)
      yield 'step '
    }
  }
  const handler: Handler = async () => {
    await immediate()
    return stream(steps())
  }
  const answer = Promise.resolve(watch(named('innocent', handler))(post('/innocent')))
  const read = answer.then(({ body }) => readText(body))
  return async () => {
    isOver = true
    await read
    await look()
  }
}

/** What is reported of a handler while another request is in flight before, beside and after it. */
export const lagsOf = async (
  handler: Handler,
  options: Partial<LagWarningOptions> = { callbacks: 'always' },
  times = 1,
): Promise<readonly LoopLag[]> => {
  const lags: LoopLag[] = []
  const watch = lagWarning({ maxLagMs: 20, onLag: (lag) => lags.push(lag), ...options })
  const end = besides(watch)
  const guilty = watch(named('guilty', handler))
  for (let time = 0; time < times; time++) {
    await sleep()
    const { body } = await guilty(post('/guilty?token=secret'))
    await readText(body)
    await look()
  }
  await end()
  return lags
}

export const guiltyIn = (place: LoopLag['place'], heldMs = 60): LoopLag => ({
  handler: 'guilty',
  method: 'POST',
  path: '/guilty',
  heldMs,
  place,
})

/** Whether async hooks see promises: only then has each continuation an id of its own. */
export const hooksAreOn = async (): Promise<boolean> => {
  await undefined
  const id = executionAsyncId()
  await undefined
  return executionAsyncId() !== id
}
