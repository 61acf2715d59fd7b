import { Readable } from 'node:stream'
import { isData } from '@sluice/body'
import { closeQuietly, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { whenSettled } from '@sluice/stack/host'
import { isHttp2Request, splitBy } from '../incoming/incoming.ts'
import type { Http2ServerRequest } from 'node:http2'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
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
 * @returns The stream of the content as it comes.
 */
export const splitRequest = (req: Incoming & SplitRequest, body: Body<AnyFrame>): Readable => {
  const before = req[splitBy]
  const content = new FilteredContent(req, pullFrom(body))
  const comes =
    isHttp2Request(req) && before === undefined ? leaveStream(req) : takeState(req, before)
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
const leaveStream = (req: Http2ServerRequest): Readable => {
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

/** Pushes a body into a stream, as far as there is room. */
class FilteredContent {
  /** `req`, or what another middleware reads in its place. */
  target: Readable
  failure: { readonly error: unknown } | undefined
  readonly #req: Incoming & { readonly _dumped?: boolean }
  readonly #source: Pull<AnyFrame>
  #state: 'ready' | 'waiting' | 'over' = 'ready'

  constructor(req: Incoming, source: Pull<AnyFrame>) {
    this.target = req
    this.#req = req
    this.#source = source
  }

  /** The response is complete, and nothing has read the content. */
  get isGivenUp(): boolean {
    return this.#req._dumped === true
  }

  read(): void {
    if (this.#state !== 'ready') return
    if (this.isGivenUp) return this.#giveUp()
    try {
      while (this.#state === 'ready') {
        const frame = this.#source.pull()
        if (isPromiseLike(frame)) return this.#wait(frame)
        if (!this.#take(frame)) return
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    closeQuietly(this.#source)
  }

  #wait(frame: PromiseLike<AnyFrame | undefined>): void {
    this.#state = 'waiting'
    whenSettled(
      frame,
      (arrived) => {
        if (this.#state === 'over') return
        this.#state = 'ready'
        if (this.#take(arrived)) this.read()
      },
      (error) => this.#fail(error),
    )
  }

  /** Returns whether there is room for more. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    return isData(frame) ? this.#push(frame.bytes) : true
  }

  #end(): void {
    this.#state = 'over'
    // As Node does with a request of HTTP/1 whose content has been read.
    this.#req.once('end', () => {
      if (this.#req.complete && this.#req.httpVersionMajor < 2) this.#req.destroy()
    })
    this.#push(null)
  }

  #giveUp(): void {
    this.close()
    this.#push(null)
  }

  #fail(error: unknown): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.failure = { error }
    const isError = error instanceof Error // error handling
    this.target.destroy(isError ? error : new Error('Cannot read the request', { cause: error }))
  }

  /** Not by the `push` of the object, by which the content comes. */
  #push(bytes: Uint8Array | null): boolean {
    return Readable.prototype.push.call(this.target, bytes)
  }
}
