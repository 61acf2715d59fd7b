import { flatFields } from '@sluice/body/engine'
import { grouped } from './grouped.ts'
import { http2Headers } from './http2-headers.ts'
import type { Http2ServerResponse } from 'node:http2'
import type { Fields } from '@sluice/body'

/**
 * Adds the trailers of a response.
 *
 * Node checks them only when it sends them, in a listener of `wantTrailers`: what that throws would end the process.
 */
export const addHttp2Trailers = (
  res: Http2ServerResponse,
  trailers: Fields,
  failed: (error: unknown) => void,
): void => {
  const { stream } = res
  res.addTrailers(http2Headers(grouped(flatFields(trailers))))
  const listeners = stream.rawListeners('wantTrailers')
  stream.removeAllListeners('wantTrailers')
  stream.once('wantTrailers', () => {
    try {
      for (const listener of listeners) listener.call(stream)
    } catch (error) {
      failed(error)
    }
  })
}
