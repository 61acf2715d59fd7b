import { foundIn, isObject } from '../kinds.ts'
import { tellAll } from './tell-all.ts'

type Abort = (reason: unknown) => void

/** The functions that a signal calls, and the one listener that it has for all of them. */
interface Waiting {
  readonly aborts: Set<Abort>
  readonly heard: () => void
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()

/**
 * Listens to a signal that has not aborted. Returns a function that stops listening.
 *
 * The signal has one listener for all callers, and none once the last has stopped. So a thousand paused bodies may share a
 * signal without Node's warning of a leak, and stopping does not search among a thousand listeners.
 */
export const onAbort = (signal: AbortSignal, aborted: Abort): (() => void) => {
  const waiting = waitingFor.get(signal) ?? listen(signal)
  // A function of its own, since callers may give the same one twice.
  const abort: Abort = (reason) => aborted(reason)
  waiting.aborts.add(abort)
  return () => {
    if (!waiting.aborts.delete(abort) || waiting.aborts.size > 0) return
    waitingFor.delete(signal)
    signal.removeEventListener('abort', waiting.heard)
  }
}

/** @throws {TypeError} When plain JavaScript gives something else as a signal. */
export const checkSignal = (signal: AbortSignal, name = 'the signal'): void => {
  if (isSignal(signal)) return
  throw new TypeError(`Cannot use ${name}: found ${foundIn(signal)}, wanted an AbortSignal`)
}

/** Whether a value is a signal, by its shape. */
export const isSignal = (value: unknown): value is AbortSignal =>
  isObject(value) && 'aborted' in value && 'addEventListener' in value

const listen = (signal: AbortSignal): Waiting => {
  const aborts = new Set<Abort>()
  const heard = () => {
    tellAll(aborts, (abort) => abort(signal.reason))
  }
  const waiting: Waiting = { aborts, heard }
  waitingFor.set(signal, waiting)
  signal.addEventListener('abort', heard)
  return waiting
}
