import { checkInterval, checkOptions, checkSignal } from '@sluice/body/engine'
import { newCells } from './channel/channel.ts'
import { errorOfRecord } from './channel/error-record.ts'
import { moduleUrl } from './module-url.ts'
import { refuseOnThread } from './on-thread.ts'
import { threadPoolOf } from './worker-pool.ts'
import type { CallTask } from './task.ts'
import type { ThreadPool, WorkerPool } from './worker-pool.ts'

export interface RunOptions {
  /** Ends the call: one that waits in the queue is refused at once, and the thread of one that runs is ended. */
  readonly signal?: AbortSignal
  /** Milliseconds that the call may take, and before that wait in the queue: that of the pool by default. */
  readonly timeoutMs?: number
  /** By default one that all calls and filters without a pool share, with the defaults of `workerPool()`. */
  readonly pool?: WorkerPool
  /** The name of the function's export: `default` by default. */
  readonly exportName?: string
}

/**
 * Calls a function that may block on a worker thread, and gives what it returns: one blocking step of asynchronous code.
 *
 * The module exports a plain synchronous function of one argument. The argument and the result are structured clones. An error that it
 * throws keeps its message, stack, code, status and causes.
 *
 * @param module A `file:` URL, or an absolute path.
 * @throws {TypeError} At the call, if there is no such file, or an option is not what it should be.
 * @throws {RangeError} At the call, if `timeoutMs` is not a valid number.
 * @throws {HttpError} `WORKER_BUSY` (503) if the queue is full, or no thread is free for `timeoutMs`; `WORKER_TIMEOUT` (504); `WORKER_DIED` (502) if the thread ends;
 *   `WORKER_MODULE_INVALID` and `VALUE_NOT_CLONEABLE` (500); `WOULD_WAIT` (500) if the function is async or returns a promise, and at
 *   the call on a worker thread; the reason of the signal; what the function throws.
 *
 * @example
 * import { run } from '@sluice/blocking'
 *
 * // hash.js
 * export const hash = ({ password }: { password: string }): string => password.split('').reverse().join('')
 *
 * // app.js
 * export const hashed = await run<string>(
 *   new URL('./hash.js', import.meta.url),
 *   { password: 'sesame' },
 *   { exportName: 'hash', timeoutMs: 5000, signal: AbortSignal.timeout(10_000) },
 * )
 */
export const run = <R = unknown>(
  module: URL | string,
  given?: unknown,
  options: RunOptions = {},
): Promise<R> => {
  refuseOnThread('run()')
  checkOptions(options)
  const { signal, timeoutMs, exportName = 'default' } = options
  const task: CallTask = {
    kind: 'call',
    module: moduleUrl(module),
    exportName,
    memory: newCells(),
    given,
  }
  if (signal !== undefined) checkSignal(signal)
  if (timeoutMs !== undefined) checkInterval('timeoutMs', timeoutMs)
  return called(threadPoolOf(options.pool), task, options)
}

/** The type of the result is the caller's word: it has crossed from another thread. */
async function called<R>(pool: ThreadPool, task: CallTask, options: RunOptions): Promise<R>
async function called(pool: ThreadPool, task: CallTask, options: RunOptions): Promise<unknown> {
  const { signal, timeoutMs } = options
  const entered = pool.enter(signal, timeoutMs)
  if (entered !== undefined) await entered
  const result = await pool.run(task, { signal, timeoutMs })
  if ('error' in result) throw errorOfRecord(result.error).error
  return result.value
}
