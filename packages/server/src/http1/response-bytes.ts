import { data, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  fromPull,
  isPromiseLike,
  loseFrame,
  pullFrom,
  settleReceipt,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { checkResponse, discard } from '@sluice/stack'
import { frameAfterTrailers } from '@sluice/stack/host'
import { ContentEncoder } from './content-encoder.ts'
import { encodeLatin1, joinBytes } from './platform-bytes.ts'
import { responseHead } from './response-head.ts'
import type { AnyFrame, Body, Data, Fields } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { HttpResponse } from '@sluice/stack'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead, ResponseHeadOptions } from './response-head.ts'

/** A response as it is sent. */
export interface ResponseBytes {
  /** `head.keepAlive` says whether the connection stays open after the response. */
  readonly head: ResponseHead
  /** The bytes of the whole response, the head too. */
  readonly body: Body<Data>
}

/**
 * Writes a whole response as bytes: its head, its content in its framing, and its end with the trailers. The framing is the one
 * that `responseHead` picks.
 *
 * The first frame is the head. Write each frame before you ask for the next: then backpressure reaches the response's body, and
 * receipts are true. The receipt of a flush is called when the frame after it is asked for. During a pause no frame comes.
 * Trailers are sent only in the chunked coding. Chunks under 4 KiB are copied once, larger ones not.
 *
 * Stopping early closes the response's body exactly once, and so does an error at the call. After an error nothing follows: cut
 * the connection, so that the client sees a truncated response.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500), `NOT_IMPLEMENTED` (501), at the call, as `responseHead`.
 * @throws {BodyError} While reading: `LENGTH_MISMATCH` if the body gives more or fewer bytes than its length, `BODY_INVALID` if a
 * frame follows the trailers, and the errors of the body.
 *
 * @example
 * import { responseBytes } from '@sluice/server/http1'
 * import { text } from '@sluice/stack'
 *
 * const request = { method: 'GET', version: '1.1' } as const
 * const date = new Date().toUTCString()
 * const { body } = responseBytes(request, text('hello'), { keepAlive: true, date })
 * let sent = ''
 * for await (const { bytes } of body) sent += new TextDecoder().decode(bytes)
 * if (!sent.endsWith('\r\n\r\nhello')) throw new Error('not sent')
 */
export const responseBytes = (
  request: Pick<RequestHead, 'method' | 'version'>,
  response: HttpResponse,
  options: ResponseHeadOptions,
): ResponseBytes => {
  checkResponse(response)
  try {
    const head = responseHead(request, response, options)
    return { head, body: fromPull(() => new ResponsePull(head, pullFrom(response.body))) }
  } catch (error) {
    discard(response)
    throw error
  }
}

/** Smaller content is copied, so that a chunk is one frame with its framing. */
const copyBelowBytes = 4096

class ResponsePull implements Pull<Data> {
  readonly #source: Pull<AnyFrame>
  readonly #encoder: ContentEncoder
  readonly #hasContent: boolean
  readonly #sampler = new TurnSampler()
  /** Frames that are ready. The first is the head. */
  #ready: Data[]
  #trailers: Fields | undefined
  /** `closed` is early: a pull that waits then ends, and does not fail. */
  #state: 'open' | 'ended' | 'closed' = 'open'
  /** Ends the wait for a pause. */
  #stopResting: (() => void) | undefined

  constructor({ text, framing }: ResponseHead, source: Pull<AnyFrame>) {
    this.#source = source
    this.#encoder = new ContentEncoder(framing)
    this.#hasContent = framing.kind !== 'none'
    this.#ready = [data(encodeLatin1(text))]
  }

  pull(): Data | undefined | PromiseLike<Data | undefined> {
    try {
      while (this.#ready.length === 0 && this.#state === 'open') {
        if (!this.#hasContent) closeQuietly(this)
        else {
          const frame = this.#source.pull()
          const wait = isPromiseLike(frame) ? this.#takeLater(frame) : this.#take(frame)
          if (wait !== undefined) return this.#pullAfter(wait)
        }
      }
      return this.#ready.shift()
    } catch (error) {
      closeQuietly(this)
      throw error
    }
  }

  close(): void | PromiseLike<void> {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#ready = []
    this.#stopResting?.()
    return this.#source.close()
  }

  async #pullAfter(wait: PromiseLike<unknown>): Promise<Data | undefined> {
    try {
      await wait
    } catch (error) {
      if (this.#state === 'closed') return undefined
      closeQuietly(this)
      throw error
    }
    return this.pull()
  }

  /** Waits for a pause, or until it is closed. */
  #rest(until: PromiseLike<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stopResting = resolve
      Promise.resolve(until).then(() => resolve(), reject)
    })
  }

  async #takeLater(frame: PromiseLike<AnyFrame | undefined>): Promise<unknown> {
    return this.#take(await frame)
  }

  /** Takes a frame of the response's body. Gives a promise if the next frame has to wait for it. */
  #take(frame: AnyFrame | undefined): PromiseLike<unknown> | undefined {
    if (this.#state === 'closed') loseFrame(frame, 'the response was closed before it')
    else if (frame === undefined) this.#end()
    else if (this.#trailers !== undefined) throw frameAfterTrailers(frame)
    else if (isData(frame)) this.#addContent(frame.bytes)
    else if (isTrailers(frame)) this.#trailers = frame.fields
    else if (isPause(frame)) return this.#rest(frame.until)
    // What came before it was taken, since this frame is asked for only then.
    else if (isFlush(frame)) settleReceipt(frame.sent)
    return this.#sampler.isTurnOver() ? yieldTurn() : undefined
  }

  #addContent(bytes: Uint8Array): void {
    const { length } = bytes
    this.#encoder.count(length)
    const before = this.#encoder.before(length)
    const after = this.#encoder.after(length)
    if (before === '') this.#add([bytes])
    else {
      const parts = [encodeLatin1(before), bytes, encodeLatin1(after)]
      this.#add(length < copyBelowBytes ? [joinBytes(parts)] : parts)
    }
  }

  #end(): void {
    this.#state = 'ended'
    this.#add([encodeLatin1(this.#encoder.end(this.#trailers))])
  }

  #add(parts: readonly Uint8Array[]): void {
    for (const bytes of parts) if (bytes.length > 0) this.#ready.push(data(bytes))
  }
}
