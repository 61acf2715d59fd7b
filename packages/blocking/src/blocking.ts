import {
  attachTraits,
  checkInterval,
  checkOptions,
  flatFields,
  passingTraits,
} from '@sluice/body/engine'
import { checkHttpRequest } from './check-http-request.ts'
import { Job } from './loop/job.ts'
import { moduleUrl } from './module-url.ts'
import { refuseOnThread } from './on-thread.ts'
import { poolLimits, refuseLimits } from './pool-options.ts'
import { ThreadPool, threadPoolOf } from './worker-pool.ts'
import type { HttpRequest, HttpResponse } from '@sluice/stack'
import type { WorkerPoolOptions } from './pool-options.ts'
import type { RequestHead } from './task.ts'
import type { CloseWorkersOptions, WorkerPool } from './worker-pool.ts'

export interface BlockingOptions extends WorkerPoolOptions {
  /** A pool to share with other handlers. It has its limits already: one that is given here is refused. */
  readonly pool?: WorkerPool
  /** Milliseconds for which one `read` or `write` may wait for the client: 60,000 by default. Then it throws `CLIENT_TIMEOUT`. */
  readonly idleTimeoutMs?: number
  /** The name of the function's export: `default` by default. */
  readonly exportName?: string
}

/** A handler whose function runs on worker threads. `values` go to the function, as a structured clone. */
export interface BlockingHandler<V = undefined> extends AsyncDisposable {
  (request: HttpRequest, ...values: V extends undefined ? [] : [values: V]): Promise<HttpResponse>
  /** Closes the pool, unless it is shared. */
  close(options?: CloseWorkersOptions): Promise<void>
}

/**
 * Makes a handler of a function that may block: it runs on worker threads, one request at a time on each, and the event loop never waits
 * for it.
 *
 * The module exports a plain synchronous function: `(request: BlockingRequest, values) => BlockingResponse`. Its content is read as the
 * function asks for it, and its response is sent as the client reads: at most 1 MiB of the request and 512 KiB of the response are
 * between the loop and the thread.
 *
 * The request may be in the middle of its content: `work({ ...request, body: from.rest() }, values)` hands over what is left.
 *
 * @param module A `file:` URL, or an absolute path.
 * @throws {TypeError} At the call, if there is no such file, if `pool` was not made by `workerPool()`, or if a limit is given beside it.
 * @throws {RangeError} At the call, if a limit is not a valid number.
 * @throws {HttpError} From the handler: `WORKER_BUSY` (503) if the queue is full, or no thread is free for `timeoutMs`; `WORKER_TIMEOUT`
 *   (504); `WORKER_DIED` (502) if the thread ends; `WORKER_MODULE_INVALID`, `WORKER_RESULT_INVALID`, `WOULD_WAIT` and
 *   `VALUE_NOT_CLONEABLE` (500); the reason of the client's signal; what the function throws, such as `CLIENT_TIMEOUT` (408). After the
 *   head they come from the body.
 *
 * @example
 * import { blocking, type BlockingFunction } from '@sluice/blocking'
 * import { serve } from '@sluice/server'
 *
 * // count.js
 * export const count: BlockingFunction = ({ input }) => {
 *   let lines = 0
 *   for (const line of input.lines()) if (line !== '') lines++
 *   return `${lines}\n`
 * }
 *
 * // app.js
 * const work = blocking(new URL('./count.js', import.meta.url), { threads: 2, exportName: 'count' })
 * export const server = await serve(work)
 */
export const blocking = <V = undefined>(
  module: URL | string,
  options: BlockingOptions = {},
): BlockingHandler<V> => {
  checkOptions(options)
  const { idleTimeoutMs = 60_000, exportName = 'default' } = options
  const href = moduleUrl(module)
  checkInterval('idleTimeoutMs', idleTimeoutMs)
  const pool = poolOf(options)
  const answer = async (request: HttpRequest, given?: V): Promise<HttpResponse> => {
    const entered = pool.enter(request.client.signal)
    if (entered !== undefined) await entered
    const job = new Job(request, pool.memories)
    const result = pool.run({
      kind: 'respond',
      module: href,
      exportName,
      memory: job.memory,
      idleTimeoutMs,
      request: headOf(request),
      given,
    })
    return job.respond(result)
  }
  const handle = (request: HttpRequest, given?: V): Promise<HttpResponse> => {
    refuseOnThread('a handler of blocking()')
    checkHttpRequest(request)
    return answer(request, given)
  }
  const close = async (how?: CloseWorkersOptions): Promise<void> => {
    if (options.pool === undefined) await pool.close(how)
  }
  return attachTraits(Object.assign(handle, { close, [Symbol.asyncDispose]: () => close() }), {
    ...passingTraits,
    bytes: 'changed',
    holds: 'bounded',
  })
}

const poolOf = (options: BlockingOptions): ThreadPool => {
  if (options.pool === undefined) return new ThreadPool(poolLimits(options))
  refuseLimits(options)
  return threadPoolOf(options.pool)
}

const headOf = ({ method, target, version, headers, client }: HttpRequest): RequestHead => ({
  method,
  target,
  version,
  headers: flatFields(headers),
  address: client.address,
  port: client.port,
})
