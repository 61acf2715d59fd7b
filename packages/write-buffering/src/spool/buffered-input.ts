import { isPromiseLike, withTraits } from '@sluice/body/engine'
import { hold, wholeTraits } from './held-content.ts'
import { spoolLimits } from './spool-options.ts'
import type { Data, Fields, Trailers } from '@sluice/body'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { Held } from './held-content.ts'
import type { HeldBody } from './held-reader.ts'
import type { SpoolOptions } from './spool-options.ts'

type Answer = HttpResponse | PromiseLike<HttpResponse>

/**
 * Calls the handler when the body of the request has come whole, with its exact length: for handlers that must not be kept
 * waiting by a slow client, or have to know the length before they begin.
 *
 * The body's `byteLength` is exact, and so is `content-length` on a request that has content; `transfer-encoding` is
 * dropped. What is held and how is told at `spool`. A file is let go when the body has been read or closed, when the handler
 * fails, and at the latest when `client.signal` says that the request is over: what reads on after that fails.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, `maxMemoryBytes` where that is less.
 * @param options.maxFrames Frames other than data, 65,536 by default.
 * @throws {RangeError} At the call, when a bound is not a whole number of 0 or more, or `Infinity`.
 * @throws {BodyError} Instead of the response, with the handler not called: what the body fails with, or `spool`;
 * `BODY_TOO_LARGE` has status 413.
 *
 * @example
 * ```ts
 * import { stack, text } from '@sluice/stack'
 * import { bufferedInput } from '@sluice/write-buffering'
 * import { tempFile } from '@sluice/write-buffering/spool'
 *
 * export const app = stack(bufferedInput({ spill: tempFile() }))(({ body }) => text(`${body.byteLength} bytes came`))
 * ```
 */
export const bufferedInput = (options: SpoolOptions = {}): PassingMiddleware => {
  const limits = spoolLimits(options)
  const holding: PassingMiddleware = (next) => (request) => {
    const handle = ({ body, byteLength, frames }: Held<Data | Trailers>): Answer => {
      const answer = () =>
        next({ ...request, headers: lengthFields(request.headers, byteLength), body })
      return frames.hasFile ? letGoAfter(answer, frames, request.client.signal) : answer()
    }
    const held = hold(request.body, limits, () => request.client.signal)
    return isPromiseLike(held) ? held.then(handle) : handle(held)
  }
  return withTraits(wholeTraits, holding)
}

/** The length is known now, and stands alone: RFC 9112 6.2 has no content-length beside a transfer-encoding. */
const lengthFields = (headers: Fields, byteLength: number): Fields => {
  const isFramed = headers.has('transfer-encoding') || headers.has('content-length')
  return byteLength > 0 || isFramed
    ? headers.without('transfer-encoding').with('content-length', String(byteLength))
    : headers
}

/** The handler may read the body only while its response is being sent, and may never read it: the signal comes in any case. */
const letGoAfter = async (
  answer: () => Answer,
  frames: HeldBody,
  signal: AbortSignal,
): Promise<HttpResponse> => {
  // Nobody is left who could be told that closing failed.
  const letGo = (reason: unknown) => Promise.allSettled([(async () => frames.revoke(reason))()])
  const onAbort = () => {
    letGo(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await answer()
  } catch (error) {
    signal.removeEventListener('abort', onAbort)
    await letGo(error)
    throw error
  }
}
