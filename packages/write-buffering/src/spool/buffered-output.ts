import { isPromiseLike, signalOf, withTraits } from '@sluice/body/engine'
import { checkResponse, mapResponse } from '@sluice/stack'
import { bufferingError } from '../errors.ts'
import { spoolBody, wholeTraits } from './spool-body.ts'
import { spoolLimits } from './spool-options.ts'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { SpoolOptions } from './spool-options.ts'

/**
 * Holds the whole body of each response. So its head has the exact length, and a body that fails becomes a response with a
 * status instead of a broken connection.
 *
 * The body has a `byteLength`, from which the server makes `content-length`. Fields stay as they are. A flush leaves in its
 * place, but late. For what is held and where, and for the trap of receipts, see `spool`. If the client leaves meanwhile, the
 * body is closed.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, at most `maxMemoryBytes`.
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
      checkResponse(response)
      const held = spoolBody(response.body, limits, () => signalOf(request.client, 'signal'))
      return isPromiseLike(held)
        ? held.then(({ body }) => ({ ...response, body }))
        : { ...response, body: held.body }
    })
  return withTraits(wholeTraits, holding)
}

const responseTooLarge = (message: string) => bufferingError('RESPONSE_TOO_LARGE', message)
