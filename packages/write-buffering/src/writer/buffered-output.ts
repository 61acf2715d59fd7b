import { isPromiseLike, withTraits } from '@sluice/body/engine'
import { mapResponse } from '@sluice/stack'
import { bufferingError } from '../errors.ts'
import { hold, wholeTraits } from '../spool/held-content.ts'
import { spoolLimits } from '../spool/spool-options.ts'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { SpoolOptions } from '../spool/spool-options.ts'

/**
 * Holds the whole body of each response, so that its head carries the exact length and a failing body is a response with a
 * status, not a connection that breaks off.
 *
 * The length is the body's `byteLength`, of which the server makes `content-length`. Fields stay as they are; a flush goes
 * out in its place, but late. What is held and how, and the one trap of receipts, is told at `spool`. When the client leaves while the
 * body is being held, the body is closed.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, `maxMemoryBytes` where that is less.
 * @param options.maxFrames Frames other than data, 65,536 by default.
 * @throws {RangeError} At the call, when a bound is not a whole number of 0 or more, or `Infinity`.
 * @throws {BodyError} Instead of the response: what the body fails with, or `spool`; over a limit it is `RESPONSE_TOO_LARGE` (500),
 * since the client did not make the response.
 *
 * @example
 * ```ts
 * import { stack, stream } from '@sluice/stack'
 * import { bufferedOutput } from '@sluice/write-buffering'
 * import { tempFile } from '@sluice/write-buffering/spool'
 *
 * export const app = stack(bufferedOutput({ spill: tempFile() }))(() => stream(['of ', 'unknown ', 'length']))
 * ```
 */
export const bufferedOutput = (options: SpoolOptions = {}): PassingMiddleware => {
  const limits = { ...spoolLimits(options), tooLargeError: responseTooLarge }
  const holding: PassingMiddleware = (next) => (request) =>
    mapResponse(next(request), (response): HttpResponse | PromiseLike<HttpResponse> => {
      const held = hold(response.body, limits, () => request.client.signal)
      return isPromiseLike(held)
        ? held.then(({ body }) => ({ ...response, body }))
        : { ...response, body: held.body }
    })
  return withTraits(wholeTraits, holding)
}

const responseTooLarge = (message: string) => bufferingError('RESPONSE_TOO_LARGE', message)
