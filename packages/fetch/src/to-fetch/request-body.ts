import { BodyError, toBody } from '@sluice/body'
import { foundIn, fromPull } from '@sluice/body/engine'
import { clientGone, requestOver } from '@sluice/stack/host'
import { StreamPull } from '../web-stream/stream-pull.ts'
import { contentLengthOf } from './content-length.ts'
import { saysUploadCut } from './host-context.ts'
import type { Body, Data, Trailers } from '@sluice/body'
import type { FetchClient } from './fetch-client.ts'

type Content = Data | Trailers

/** The body of a `Request`. Its stream is asked for late, since hosts make it then. */
export const requestBody = (request: Request, client: FetchClient): Body<Content> => {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return toBody(null)
  const length = contentLengthOf(request)
  if (length === 0 || (length === undefined && request.body === null)) return toBody(null)
  return fromPull<Content>(() => new RequestContent(request, client), length)
}

class RequestContent extends StreamPull<Content> {
  readonly #request: Request
  readonly #client: FetchClient

  constructor(request: Request, client: FetchClient) {
    super('after the read')
    this.#request = request
    this.#client = client
  }

  override pull(): undefined | Promise<Content | undefined> {
    if (!this.isOver && this.#client.isRequestOver) this.refuse(requestOver())
    return super.pull()
  }

  protected start(): void {
    try {
      if (this.#request.bodyUsed) throw bodyUsed()
      if (this.#request.body !== null) this.open(this.#request.body)
    } catch (error) {
      this.refuse(bodyUsed(error))
    }
  }

  protected frameOf(chunk: unknown): never {
    return this.refuse(
      new BodyError(
        'BODY_INVALID',
        `Cannot read the body: found ${foundIn(chunk)} in the stream of the request, wanted bytes`,
      ),
    )
  }

  protected errorOf(error: unknown): unknown {
    if (!this.#client.hasLeft && !saysUploadCut(error)) return error
    this.#client.abort(() => clientGone(error))
    return this.#client.reason
  }
}

/** A stream that was read to its end would pass for an empty body. */
const bodyUsed = (cause?: unknown) =>
  new BodyError(
    'BODY_USED',
    'Cannot read the body: something before this has read the request, as request.json() does',
    cause === undefined ? {} : { cause },
  )
