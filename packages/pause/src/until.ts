import { isPromiseLike, nothing } from '@sluice/body/engine'
import { follow } from './follow.ts'
import { isEmitter } from './listen.ts'
import { isTarget, untilDispatched, untilEmitted } from './until-event.ts'
import { isReadable, isWritable, untilReadable, untilWritable } from './until-stream.ts'
import { cancel, startWait } from './wait.ts'
import type { WaitOptions } from './bounds.ts'
import type { Emitter } from './listen.ts'
import type { Target } from './until-event.ts'
import type { ReadableEmitter, WritableEmitter } from './until-stream.ts'
import type { Wait } from './wait.ts'

/**
 * Waits for a promise, or for an event.
 *
 * - `until(promise)`: its value. If it is a wait of this package, it is cancelled together with this one. A `cancel` of any
 *   other promise is never called.
 * - `until(target, type)`: the next event of an `EventTarget`.
 * - `until(emitter, event)`: the values of the next event of a Node emitter. It fails when the emitter emits `error` or
 *   `close`, unless that is the event you wait for.
 * - `until(stream, 'readable')`: until `read()` of a Node `Readable` returns something, or the stream has ended.
 * - `until(stream, 'writable')`: until a Node `Writable` has room.
 *
 * Listens from the call on, so that no event is missed before the wait is awaited. A stream that is ready already fulfils it.
 * When it settles, it leaves no listener and no timer. For a writer of a web stream: `until(writer.ready)`.
 *
 * @param options.timeoutMs Milliseconds from the call, rounded up; none by default. 0 or less, such as a deadline that has
 * passed, times out after what can run at once.
 * @param options.signal The wait rejects with its reason. In a body, pass the client's.
 * @throws {TypeError} At the call, when it cannot be waited for.
 * @throws {RangeError} At the call, when `timeoutMs` is `NaN` or not a number.
 * @throws {BodyError} While waiting: `TIMED_OUT` (504), or `WAIT_FAILED` when the emitter failed or closed.
 *
 * @example
 * ```ts
 * import { until } from '@sluice/pause'
 *
 * const jobs = new EventTarget()
 * const done = until(jobs, 'done', { timeoutMs: 1000 })
 * jobs.dispatchEvent(new Event('done'))
 * if ((await done).type !== 'done') throw new Error('another event')
 * ```
 */
export function until<T>(promise: PromiseLike<T>, options?: WaitOptions): Wait<T>
export function until(stream: ReadableEmitter, event: 'readable', options?: WaitOptions): Wait<void>
export function until(stream: WritableEmitter, event: 'writable', options?: WaitOptions): Wait<void>
export function until(target: Target, type: string, options?: WaitOptions): Wait<Event>
export function until(
  emitter: Emitter,
  event: string | symbol,
  options?: WaitOptions,
): Wait<readonly unknown[]>
export function until(
  source: PromiseLike<unknown> | Target | Emitter,
  second: string | symbol | WaitOptions = {},
  third: WaitOptions = {},
): Wait<unknown> {
  if (typeof second === 'object') {
    if (isPromiseLike(source)) return untilSettled(source, second)
  } else if (typeof source === 'object' && source !== null) {
    if (second === 'readable' && isReadable(source)) return untilReadable(source, third)
    if (second === 'writable' && isWritable(source)) return untilWritable(source, third)
    if (isTarget(source)) return untilDispatched(source, String(second), third)
    if (isEmitter(source)) return untilEmitted(source, second, third)
  }
  throw new TypeError(
    `Cannot wait: found ${Object.prototype.toString.call(source)}, wanted a promise, or what emits events and the name of one`,
  )
}

const untilSettled = (promise: PromiseLike<unknown>, options: WaitOptions): Wait<unknown> => {
  const begin = (fulfil: (value: unknown) => void, fail: (error: unknown) => void) => {
    const stop = follow(promise, fulfil, fail)
    return () => {
      stop()
      cancel(promise)
    }
  }
  // Also if the signal has aborted: a wait is cancelled, and a rejection handled, since no other code does either.
  if (options.signal?.aborted === true) begin(nothing, nothing)()
  return startWait('the promise', begin, options)
}
