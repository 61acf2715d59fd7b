import { isHttp2Response } from '../incoming/incoming.ts'
import { Http1Sink } from './http1-sink.ts'
import { Http2Sink } from './http2-sink.ts'
import type { Outgoing } from '../incoming/incoming.ts'
import type { ResponseSink } from './response-sink.ts'

/** The sink for the response object of a request. */
export const sinkOf = (res: Outgoing): ResponseSink =>
  isHttp2Response(res) ? new Http2Sink(res) : new Http1Sink(res)
