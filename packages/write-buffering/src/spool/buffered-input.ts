import { closeQuietly, isPromiseLike, onAbort, signalOf, withTraits } from '@sluice/body/engine'
import { spoolBody, wholeTraits } from './spool-body.ts'
import { spoolLimits } from './spool-options.ts'
import type { Data, Fields, Trailers } from '@sluice/body'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { SpooledBody } from './spool-body.ts'
import type { SpoolOptions } from './spool-options.ts'
import type { SpooledFrames } from './spooled-frames.ts'

type Answer = HttpResponse | PromiseLike<HttpResponse>

/**
 * Calls the handler when the whole body of the request has arrived, with its exact length: for handlers that must not wait
 * for a slow client, or have to know the length before they begin.
 *
 * The body's `byteLength` is exact, and so is `content-length` on a request that has content; `transfer-encoding` is dropped.
 * For what is held and where, see `spool`. A file is deleted when the body has been read or closed, when the handler fails, and
 * at the latest when `client.signal` aborts: reading after that fails.
 *
 * @param options.maxMemoryBytes Bytes, 1 MiB by default.
 * @param options.maxBytes Bytes, 1 GiB by default; without `spill`, at most `maxMemoryBytes`.
 * @param options.maxFrames Frames other than data, 65,536 by default.
 * @throws {RangeError} At the call, when a bound is not a whole number of 0 or more, or `Infinity`.
 * @throws {BodyError} Instead of the response, without calling the handler: what the body fails with, or `spool`;
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
    const handle = ({ body, byteLength, frames }: SpooledBody<Data | Trailers>): Answer => {
      const answer = () =>
        next({ ...request, headers: lengthFields(request.headers, byteLength), body })
      return frames.hasFile
        ? letGoAfter(answer, frames, signalOf(request.client, 'signal'))
        : answer()
    }
    const held = spoolBody(request.body, limits, () => signalOf(request.client, 'signal'))
    return isPromiseLike(held) ? held.then(handle) : handle(held)
  }
  return withTraits(wholeTraits, holding)
}

/** The length is known now: RFC 9112 6.2 forbids a content-length beside a transfer-encoding. */
const lengthFields = (headers: Fields, byteLength: number): Fields => {
  const isFramed = headers.has('transfer-encoding') || headers.has('content-length')
  return byteLength > 0 || isFramed
    ? headers.without('transfer-encoding').with('content-length', String(byteLength))
    : headers
}

/** The handler may read the body late, while its response is being sent, or never. The signal comes in any case. */
const letGoAfter = async (
  answer: () => Answer,
  frames: SpooledFrames,
  signal: AbortSignal,
): Promise<HttpResponse> => {
  // Errors of closing are ignored: no reader is left.
  const letGo = (reason: unknown) => closeQuietly({ close: () => frames.revoke(reason) })
  const stopListening = onAbort(signal, (reason) => {
    stopListening()
    letGo(reason)
  })
  try {
    signal.throwIfAborted()
    return await answer()
  } catch (error) {
    stopListening()
    await letGo(error)
    throw error
  }
}
