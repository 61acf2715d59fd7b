import { BodyError, isData, toBody } from '@sluice/body'
import { fieldName, isPromiseLike, pullFrom, uncheckedFields } from '@sluice/body/engine'
import { clientGone } from '@sluice/stack/host'
import { isHttp2Request, splitBy } from './incoming.ts'
import { RequestStream } from './request-stream.ts'
import type { Readable } from 'node:stream'
import type { AnyFrame, Data, Trailers } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { Incoming, SplitIncoming } from './incoming.ts'

type Content = Data | Trailers

/** What the content of a request tells its owner. */
export interface ContentOwner {
  /**
   * The handler begins to read: the client may wait for `100 (Continue)`.
   *
   * @param hasArrived Whether some of it has come already: a client that has begun to send does not wait.
   */
  contentWanted(hasArrived: boolean): void
  /** The client has gone before the end of the content. */
  contentCut(reason: BodyError): void
}

/**
 * The content of a request, as its handler reads it.
 *
 * Leaving it early does not destroy the request, as leaving a Node stream does: that would destroy the connection before the
 * response. What is left is discarded.
 */
export class IncomingContent implements Pull<Content> {
  readonly #req: Incoming & SplitIncoming
  readonly #owner: ContentOwner
  #stream: RequestStream
  /** `undefined` until content is asked for. */
  #source: Pull<AnyFrame> | undefined
  /** Bytes still to come; -1 if that is not known. */
  #left: number
  #makeReason: (() => BodyError) | undefined
  #isOver = false

  /** @param length That of the content, if it is known. */
  constructor(req: Incoming, owner: ContentOwner, length: number | undefined) {
    this.#req = req
    this.#owner = owner
    this.#stream = new RequestStream(streamOf(req))
    this.#left = length ?? -1
  }

  pull(): Pulled<Content> {
    if (this.#isOver) return undefined
    if (this.#makeReason !== undefined) throw this.#makeReason()
    const source = this.#source ?? this.#start()
    let frame: Pulled<AnyFrame>
    try {
      frame = source.pull()
    } catch (error) {
      throw this.#cut(error)
    }
    return isPromiseLike(frame) ? this.#wait(frame) : this.#take(frame)
  }

  close(): void | PromiseLike<void> {
    this.#isOver = true
    return this.#source?.close()
  }

  /**
   * Nothing more is read, since the response is complete or the client has gone. What is still to come is discarded, so that the
   * connection can be used again.
   */
  stop(makeReason: () => BodyError): void {
    this.#makeReason ??= makeReason
    if (!this.#isOver) this.#source?.close()
  }

  /** @throws {BodyError} `BODY_USED`, if other code has read the content. */
  checkUnread(): void {
    if (this.#source === undefined) checkUnread(this.#req, this.#stream.stream)
  }

  /** The content comes by another stream from now on: that of a middleware stands before the application. */
  readFrom(stream: Readable): void {
    this.#stream.stream = stream
  }

  #start(): Pull<AnyFrame> {
    const { stream } = this.#stream
    // What is left of it was discarded, which looks as if it had been read.
    if (stream.destroyed && !stream.readableEnded) throw this.#cut(stream.errored)
    checkUnread(this.#req, stream)
    this.#owner.contentWanted(stream.readableLength > 0)
    this.#source = pullFrom(toBody(this.#stream))
    return this.#source
  }

  #wait(frame: PromiseLike<AnyFrame | undefined>): PromiseLike<Content | undefined> {
    return Promise.resolve(frame).then(
      (arrived) => this.#take(arrived),
      (error) => {
        throw this.#cut(error)
      },
    )
  }

  #take(frame: AnyFrame | undefined): Content | undefined {
    if (this.#isOver) return undefined
    if (this.#makeReason !== undefined) throw this.#cut(undefined)
    if (frame === undefined || !isContent(frame)) return this.#end()
    if (this.#left > 0) this.#left -= frame.bytes.length
    return frame
  }

  #end(): Trailers | undefined {
    // To its reader, a stream of HTTP/2 that the client has reset ends like a whole one.
    if (this.#left > 0 || wasReset(this.#req)) throw this.#cut(undefined)
    this.#isOver = true
    const { rawTrailers } = this.#req
    if (rawTrailers.length === 0) return undefined
    const flat = rawTrailers.map((each, at) => (at % 2 === 0 ? fieldName(each) : each))
    return { kind: 'trailers', fields: uncheckedFields(flat) }
  }

  /** The error of content that will not come. */
  #cut(cause: unknown): Error {
    this.#isOver = true
    if (this.#makeReason !== undefined) return this.#makeReason()
    const failure = this.#req[splitBy]?.failure
    if (failure !== undefined && failure === cause) return failure
    const reason = clientGone(cause)
    this.#owner.contentCut(reason)
    return reason
  }
}

/** A stream of Node gives nothing but data. */
const isContent = (frame: AnyFrame): frame is Data => isData(frame)

/** The length of a request's content, `undefined` if it is not known. RFC 9112 6.3: without these fields it has none. */
export const lengthOf = (req: Incoming): number | undefined => {
  if (isHttp2Request(req) && req.stream.endAfterHeaders) return 0
  const raw = req.rawHeaders
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!mayFrame(name)) continue
    const key = fieldName(name)
    if (key === 'content-length') return Number(raw[i + 1])
    if (key === 'transfer-encoding') return undefined
  }
  return isHttp2Request(req) ? undefined : 0
}

/** By length and first letter: browsers send other names of the same length, such as `sec-fetch-mode`. */
const mayFrame = (name: string): boolean => {
  switch (name.length) {
    case 14:
      return name.startsWith('c') || name.startsWith('C')
    case 17:
      return name.startsWith('t') || name.startsWith('T')
    default:
      return false
  }
}

/** The content of HTTP/2 is read from its stream: `req` ends like a whole one if the client has gone. */
const streamOf = (req: Incoming & SplitIncoming): Readable =>
  isHttp2Request(req) && req[splitBy] === undefined ? req.stream : req

const wasReset = (req: Incoming): boolean =>
  isHttp2Request(req) && (req.stream.aborted || (req.stream.rstCode ?? 0) !== 0)

const checkUnread = (req: Incoming & { readonly body?: unknown }, stream: Readable): void => {
  if (!stream.readableDidRead && stream.readableFlowing !== true) return
  const found =
    req.body === undefined
      ? 'that other code has read it, such as a parser of the framework'
      : 'that a parser, such as express.json(), has read it into req.body'
  throw new BodyError(
    'BODY_USED',
    `Cannot read the body: found ${found}, wanted it unread: let the handler stand before the parser; in Fastify, take the content type parsers away`,
  )
}
