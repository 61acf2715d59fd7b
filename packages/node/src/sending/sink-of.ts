import { isHttp2Response } from '../incoming/incoming.ts'
import { Http1Sink } from './http1-sink.ts'
import { Http2Sink } from './http2-sink.ts'
import { isLayered, LayeredHttp2Sink } from './layered-http2-sink.ts'
import type { Outgoing } from '../incoming/incoming.ts'
import type { ResponseSink } from './response-sink.ts'

/** The sink for the response object of a request. */
export const sinkOf = (res: Outgoing): ResponseSink => {
  if (!isHttp2Response(res)) return new Http1Sink(res)
  return isLayered(res) ? new LayeredHttp2Sink(res) : new Http2Sink(res)
}
