import { isData } from '@sluice/body'
import { tap } from '@sluice/filter'
import { filterResponse, mapResponse } from '@sluice/stack'
import type { PassingMiddleware } from '@sluice/stack'
import type { Logger } from 'pino'

/**
 * Writes a line for each request when it is over: after the last byte of its body, or when its client leaves.
 *
 * The signal of the client aborts in either case, also if the body is never read, as that of HEAD, or if there is no response yet.
 * `end` is `sent`, `left` if the client left before the end, or `failed` if an error cut the body.
 */
export const accessLog =
  (log: Logger): PassingMiddleware =>
  (next) =>
  (request) => {
    const { method, target, client } = request
    const begun = performance.now()
    let status: number | undefined
    let bytes = 0
    let failed = false
    const write = () => {
      const left = client.signal.reason?.code !== 'REQUEST_OVER'
      const end = left ? 'left' : failed ? 'failed' : 'sent'
      const ms = Math.round(performance.now() - begun)
      const [path] = target.split('?')
      log.info({ method, path, status, bytes, ms, end }, 'request')
    }
    client.signal.addEventListener('abort', write, { once: true })
    const counted = tap(() => ({
      frame(frame) {
        if (isData(frame)) bytes += frame.bytes.length
      },
      close(ended) {
        failed = !ended
      },
    }))
    return mapResponse(next(request), (response) => {
      status = response.status
      return filterResponse(response, counted)
    })
  }
