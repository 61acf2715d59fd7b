import { BodyError, data, toBody } from '@sluice/body'
import { closeQuietly, foundIn, fromPull, isByteArray } from '@sluice/body/engine'
import { clientGone, requestOver } from '@sluice/stack/host'
import { contentLengthOf } from './content-length.ts'
import { saysUploadCut } from './host-context.ts'
import type { Body, Data, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { FetchClient } from './fetch-client.ts'

type Content = Data | Trailers

interface Result {
  readonly done: boolean
  readonly value?: unknown
}

/** The body of a `Request`. Its stream is asked for late, since hosts make it then. */
export const requestBody = (request: Request, client: FetchClient): Body<Content> => {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return toBody(null)
  const length = contentLengthOf(request)
  if (length === 0 || (length === undefined && request.body === null)) return toBody(null)
  return fromPull<Content>(() => new RequestContent(request, client), length)
}

class RequestContent implements Pull<Content> {
  readonly #request: Request
  readonly #client: FetchClient
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #isOver = false
  readonly #arrived = (result: Result) => this.#take(result)
  readonly #failed = (error: unknown) => this.#fail(error)

  constructor(request: Request, client: FetchClient) {
    this.#request = request
    this.#client = client
  }

  pull(): undefined | Promise<Content | undefined> {
    if (this.#isOver) return undefined
    if (this.#client.isRequestOver) {
      this.close()
      throw requestOver()
    }
    this.#reader ??= this.#start()
    return this.#reader?.read().then(this.#arrived, this.#failed)
  }

  close(): void | Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    return this.#reader?.cancel()
  }

  #start(): ReadableStreamDefaultReader<Uint8Array> | undefined {
    try {
      if (this.#request.bodyUsed) throw bodyUsed()
      return this.#request.body?.getReader()
    } catch (error) {
      this.#isOver = true
      throw bodyUsed(error)
    }
  }

  #take({ done, value }: Result): Content | undefined | Promise<Content | undefined> {
    if (this.#isOver) return undefined
    if (done) {
      this.#isOver = true
      return undefined
    }
    if (!isByteArray(value)) {
      closeQuietly(this)
      throw new BodyError(
        'BODY_INVALID',
        `Cannot read the body: found ${foundIn(value)} in the stream of the request, wanted bytes`,
      )
    }
    return value.length === 0 ? this.pull() : data(value)
  }

  #fail(error: unknown): undefined {
    if (this.#isOver) return undefined
    this.#isOver = true
    if (!this.#client.hasLeft && !saysUploadCut(error)) throw error
    this.#client.abort(() => clientGone(error))
    throw this.#client.reason
  }
}

/** A stream that was read to its end would pass for an empty body. */
const bodyUsed = (cause?: unknown) =>
  new BodyError(
    'BODY_USED',
    'Cannot read the body: something before this has read the request, as request.json() does',
    cause === undefined ? {} : { cause },
  )
