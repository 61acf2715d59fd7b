import { isPromiseLike } from '@sluice/body/engine'
import { nothing } from './bounds.ts'
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
 * - `until(promise)`: its value. A wait that is given is taken over: it is cancelled with this one.
 * - `until(target, type)`: the next event of an `EventTarget`.
 * - `until(emitter, event)`: the values of the next event of a Node emitter. It fails when the emitter emits `error` or
 *   `close`, unless that is the event, since nothing comes then.
 * - `until(stream, 'readable')`: until `read()` of a Node `Readable` gives something, or its end has come.
 * - `until(stream, 'writable')`: until a Node `Writable` wants more.
 *
 * Listens from the call on, so that no event is missed before the wait is awaited; a stream that is ready counts at once.
 * Settled, timed out, aborted or cancelled, it leaves no listener and no timer. A writer of a web stream needs no event:
 * `until(writer.ready)`.
 *
 * @param options.timeoutMs Milliseconds from the call, 0 or more; none by default.
 * @param options.signal Its reason fails the wait; in a body, the client's.
 * @throws {TypeError} At the call, when it is nothing that can be waited for.
 * @throws {RangeError} At the call, when `timeoutMs` is not a whole number of 0 to 2,147,483,647, or `Infinity`.
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
  // It is taken over even when the wait is over before it has begun: nobody else hears its failure.
  if (options.signal?.aborted === true) begin(nothing, nothing)()
  return startWait('the promise', begin, options)
}
