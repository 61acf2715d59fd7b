import { Readable } from 'node:stream'
import { pullFrom } from '@sluice/body/engine'
import { isHttp2Request, splitBy } from '../incoming/incoming.ts'
import { FilteredContent } from './filtered-content.ts'
import type { Http2ServerRequest } from 'node:http2'
import type { AnyFrame, Body } from '@sluice/body'
import type { Incoming } from '../incoming/incoming.ts'

// How an application reads filtered content by the `req` that it has.
//
// Everything by which a stream is read belongs to the stream: `pipe`, `on('data')`, `read()`, `setEncoding`, `for await`. So `req`
// stays the stream, and what Node's parser pushes goes elsewhere: to a stream of its own, which is the content as it comes. That
// stream takes the state of `req`, with what was pushed already. `req` gets a new state, and its `_read` pulls the filtered body.
// In HTTP/2 the content as it comes is a stream of its own already.

interface SplitRequest {
  [splitBy]?: FilteredContent
}

/**
 * Gives `req` the content of `body`, which may read that of the request.
 *
 * @param unheard Called if the body fails, and the application listens to no error of `req`.
 * @returns The stream of the content as it comes.
 */
export const splitRequest = (
  req: Incoming & SplitRequest,
  body: Body<AnyFrame>,
  unheard: (error: Error) => void,
): Readable => {
  const before = req[splitBy]
  const content = new FilteredContent(req, pullFrom(body), before, unheard)
  const comes =
    isHttp2Request(req) && before === undefined ? leaveHttp2Content(req) : takeState(req, before)
  content.rest = before?.rest ?? comes
  req[splitBy] = content
  const destroy = req._destroy
  req._read = () => {
    content.read()
    // Node has given the request up: the rest has to come, so that the connection can be used again.
    if (content.isGivenUp) comes.resume()
  }
  req._destroy = (error, done) => {
    content.close()
    if (content.failure !== undefined) return done(heardBy(req, error))
    if (!isHttp2Request(req)) comes.destroy()
    destroy.call(req, error, done)
  }
  return comes
}

/** HTTP/2: `req` does not read its stream, nor stop or resume or end with it, any more. */
const leaveHttp2Content = (req: Http2ServerRequest): Readable => {
  for (const event of ['pause', 'resume']) req.removeAllListeners(event)
  req.push = () => true
  return req.stream
}

/** A stream that goes on with what `req` has begun, whose state it takes. */
const takeState = (req: Readable, before: FilteredContent | undefined): Readable => {
  const { _read: readOn } = req
  const state = Reflect.get(req, '_readableState')
  const comes = new Readable({
    // Not destroyed at its end, which could come before that of the content as it comes: that would break the connection.
    autoDestroy: false,
    highWaterMark: req.readableHighWaterMark,
    read(size) {
      // Until something reads, what is pushed asks for no more: Node discards a request that nothing has read. Node itself ends
      // that in the state of `req`.
      Reflect.set(state, 'readingMore', false)
      readOn.call(req, size)
    },
    destroy: (error, done) => done(heardBy(comes, error)),
  })
  Reflect.set(req, '_readableState', Reflect.get(comes, '_readableState'))
  Reflect.set(comes, '_readableState', state)
  if (before === undefined) req.push = (chunk, encoding) => comes.push(chunk, encoding)
  else before.target = comes
  return comes
}

/** The error, if the stream has a listener for it: as in Node, a request without one fails silently. */
const heardBy = (stream: Readable, error: Error | null): Error | null =>
  stream.listenerCount('error') > 0 ? error : null
