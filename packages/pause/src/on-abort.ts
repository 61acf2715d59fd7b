import { tellAll } from './tell-all.ts'

type Abort = (reason: unknown) => void

/** Those who wait for a signal, and the one listener that it has for them. */
interface Waiting {
  readonly aborts: Set<Abort>
  readonly heard: () => void
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()

/**
 * Listens to a signal that has not aborted, and gives what stops listening.
 *
 * However many listen, the signal has one listener of ours, and none when the last has left: a thousand paused bodies
 * may share a signal without Node's warning of a leak, and none is searched for among a thousand to take it away.
 */
export const onAbort = (signal: AbortSignal, aborted: Abort): (() => void) => {
  const waiting = waitingFor.get(signal) ?? listen(signal)
  // A function of one's own: the same one may be given twice.
  const abort: Abort = (reason) => aborted(reason)
  waiting.aborts.add(abort)
  return () => {
    if (!waiting.aborts.delete(abort) || waiting.aborts.size > 0) return
    waitingFor.delete(signal)
    signal.removeEventListener('abort', waiting.heard)
  }
}

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
