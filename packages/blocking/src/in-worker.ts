import {
  carry,
  checkCount,
  checkOptions,
  fromPull,
  mergeTraits,
  pullFrom,
} from '@sluice/body/engine'
import { filterPull } from './loop/filter-pull.ts'
import { moduleUrl } from './module-url.ts'
import { refuseOnThread } from './on-thread.ts'
import { threadPoolOf } from './worker-pool.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { WorkerPool } from './worker-pool.ts'

export interface InWorkerOptions {
  /** By default one that all calls and filters without a pool share, with the defaults of `workerPool()`. */
  readonly pool?: WorkerPool
  /** The name of the filter's export: `default` by default. */
  readonly exportName?: string
  /** What the filter is made with for each body, as a structured clone. */
  readonly values?: unknown
  /**
   * What the filter does to bodies: `bytes: 'changed'`, `holds: 'whole'`, `flush: 'kept'`, `reentrant: false` by default. Hosts refuse a
   * filter that states `reentrant: false` itself; the default is not refused. `mode: 'blocking'` becomes `async`: it blocks no loop.
   */
  readonly traits?: Partial<Traits>
  /**
   * Bytes that may be on their way to the filter and back when the source is asked for more: 131,072 by default, which is also the most.
   * 0: what comes of a frame leaves before the next is asked for.
   */
  readonly readAheadBytes?: number
  /** Whether as many bytes leave as come, so that a known `byteLength` stays; `false` by default. */
  readonly keepsLength?: boolean
}

/** Far less than a ring: there is always room for a mark. */
const most = 131_072

/** What is true of the steps of one body, whatever they are. Whether they share state in the module is not known. */
const known: Partial<Traits> = { bytes: 'changed', holds: 'whole', flush: 'kept', mode: 'async' }

/** A filter that passes every kind of frame, as `Filter` of `@sluice/filter`. */
export type WorkerFilter = <F extends AnyFrame>(body: Body<F>) => Body<F>

/**
 * Makes a filter whose work is done on a worker thread, so that the event loop never waits for it.
 *
 * The module exports a function that makes the steps of one body: what `filter` of `@sluice/filter` takes, but synchronous. Only bytes
 * cross. Control frames, receipts and the promises of pauses stay here, and leave in their place, after what the filter has released.
 *
 * A filter stays on one thread, and a thread serves many filters in turns: a slow client or a paused body occupies none. Filters have
 * threads of their own, as many as the functions of the pool.
 *
 * @param module A `file:` URL, or an absolute path.
 * @throws {TypeError} At the call, if there is no such file, or an option is not what it should be.
 * @throws {RangeError} At the call, if `readAheadBytes` is not a whole number of 0 or more.
 * @throws {HttpError} While reading: `WORKER_BUSY` (503) if no thread is free for `timeoutMs` of the pool; `WORKER_TIMEOUT` (504) if a step
 *   does not return; `WORKER_DIED` (502) if the thread ends; `WORKER_MODULE_INVALID`, `WORKER_RESULT_INVALID`, `WOULD_WAIT` and
 *   `VALUE_NOT_CLONEABLE` (500); what a step throws.
 *
 * @example
 * import { inWorker, type BlockingFilter } from '@sluice/blocking'
 * import { output } from '@sluice/stack'
 *
 * // rot13.js
 * const turned = (byte: number, first: number): number => ((byte - first + 13) % 26) + first
 * export const rot13: BlockingFilter = () => ({
 *   data: (bytes) =>
 *     bytes.map((byte) =>
 *       byte >= 97 && byte <= 122 ? turned(byte, 97) : byte >= 65 && byte <= 90 ? turned(byte, 65) : byte,
 *     ),
 * })
 *
 * // app.js
 * export const hidden = output(inWorker(new URL('./rot13.js', import.meta.url), { exportName: 'rot13' }))
 */
export const inWorker = (module: URL | string, options: InWorkerOptions = {}): WorkerFilter => {
  checkOptions(options)
  const { exportName = 'default', values, traits = {}, keepsLength = false } = options
  const stated = statedOf(traits)
  const call = {
    module: moduleUrl(module),
    exportName,
    given: values,
    readAheadBytes: Math.min(checkCount('readAheadBytes', options.readAheadBytes ?? most, 0), most),
  }
  const pool = threadPoolOf(options.pool)
  const keepsBytes = keepsLength || stated.bytes === 'kept'
  const start = <F extends AnyFrame>(body: Body<F>) => {
    refuseOnThread('a filter of inWorker()')
    return filterPull(pullFrom(body), call, () => pool.filters)
  }
  return carry(
    <F extends AnyFrame>(body: Body<F>) =>
      fromPull(() => start(body), keepsBytes ? body.byteLength : undefined),
    'inWorker',
    stated,
  )
}

const statedOf = (traits: Partial<Traits>): Partial<Traits> => {
  const stated = mergeTraits(known, traits)
  return stated.mode === 'blocking' ? { ...stated, mode: 'async' } : stated
}
