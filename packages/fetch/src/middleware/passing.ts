import { foundIn, isObject } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { GivenResponse } from './given-response.ts'
import { passedRequest } from './passed-request.ts'
import type { HttpRequest, HttpResponse } from '@sluice/stack'
import type { Inner } from '../to-fetch/fetch-exchange.ts'

/** The rest of an application, as a fetch host gives it to a middleware. */
export type FetchNext = (request: Request) => Response | Promise<Response>

/** A property that is copied with the request: `{ ...request, user }` is still that of the same application. */
const passingKey: unique symbol = Symbol('sluice.fetch.passing')

type Passed = HttpRequest & { readonly [passingKey]?: Passing }

/** What stands behind every middleware: its `next` finds the application of a request by the request. */
export const passOn = (request: Passed): Promise<HttpResponse> => {
  const passing = request[passingKey]
  if (passing !== undefined) return passing.pass(request)
  throw new HttpError(
    'REQUEST_UNKNOWN',
    'Cannot pass the request on: found one that was made anew, wanted one made of that which came: { ...request, headers }',
  )
}

/** One request on its way through a middleware into the application behind it. */
export class Passing implements Inner {
  readonly #original: Request
  readonly #next: FetchNext
  #request: HttpRequest | undefined
  /** A middleware may ask more than once, as to try again. */
  readonly #given: GivenResponse[] = []
  #thrown: { readonly error: unknown } | undefined

  constructor(original: Request, next: FetchNext) {
    this.#original = original
    this.#next = next
  }

  requestFor(request: HttpRequest): HttpRequest {
    const passed: Passed = { ...request, [passingKey]: this }
    this.#request = passed
    return passed
  }

  async pass(after: HttpRequest): Promise<HttpResponse> {
    const request = passedRequest(this.#original, this.#request ?? after, after)
    let response: Response
    try {
      response = await this.#next(request)
    } catch (error) {
      this.#thrown = { error }
      throw error
    }
    checkIsResponse(response)
    const given = new GivenResponse(response)
    this.#given.push(given)
    return given.ours
  }

  givenFor({ body }: HttpResponse): GivenResponse | undefined {
    return this.#given.find(({ ours }) => ours.body === body)
  }

  hasThrown(error: unknown): boolean {
    return this.#thrown !== undefined && this.#thrown.error === error
  }
}

/** TypeScript does; plain JavaScript may give the `next` of Hono, which returns nothing. */
const checkIsResponse = (response: unknown): void => {
  if (isObject(response) && 'headers' in response && 'status' in response) return
  throw new TypeError(
    `Cannot use the response: found ${foundIn(response)}, wanted a Response: does next return it?`,
  )
}
