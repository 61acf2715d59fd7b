import { waitError } from './errors.ts'
import type { BodyError } from '@sluice/body'

/** A Node `EventEmitter`, by shape. */
export interface Emitter {
  on(event: string | symbol, listener: Listener): unknown
  off(event: string | symbol, listener: Listener): unknown
}

type Listener = (...values: unknown[]) => void
type Listeners = ReadonlyMap<string | symbol, Listener>

export const isEmitter = (source: object): source is Emitter =>
  'on' in source && typeof source.on === 'function' && 'off' in source

/** Whether an emitter is a stream that has emitted its last event. */
export const isOver = (emitter: Emitter): boolean =>
  'closed' in emitter &&
  emitter.closed === true &&
  // A session of HTTP/2 is `closed` when it has begun to close.
  'destroyed' in emitter &&
  emitter.destroyed === true

/** Listens to events, and to `error` and `close`, which fail unless they are among these events. Gives a function that stops listening. */
export const listen = (
  emitter: Emitter,
  what: string,
  events: Listeners,
  fail: (error: unknown) => void,
): (() => void) => {
  const failed = (cause: unknown) => fail(waitFailed(what, 'it failed', cause))
  const closed = () => fail(waitFailed(what, 'it closed'))
  // The events first: an emitter may refuse to listen, as `process` does to a signal that cannot be caught.
  const listeners = new Map(events)
  if (!events.has('error')) listeners.set('error', failed)
  if (!events.has('close')) listeners.set('close', closed)
  for (const [event, listener] of listeners) emitter.on(event, listener)
  return () => {
    for (const [event, listener] of listeners) emitter.off(event, listener)
  }
}

export const waitFailed = (what: string, found: string, cause?: unknown): BodyError =>
  waitError(
    'WAIT_FAILED',
    `Cannot wait for ${what}: ${found}`,
    cause === undefined ? undefined : { cause },
  )

/** The error of waiting for a stream that is over, with the stream's own error as its cause. */
export const streamOver = (stream: Emitter, what: string): BodyError =>
  waitFailed(what, 'it had closed', 'errored' in stream ? (stream.errored ?? undefined) : undefined)
