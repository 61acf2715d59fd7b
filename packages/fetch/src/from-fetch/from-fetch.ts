import { toBody } from '@sluice/body'
import { attachTraits, isObject, isPromiseLike, passingTraits } from '@sluice/body/engine'
import { checkHandler } from '@sluice/stack'
import { fromResponse } from './from-response.ts'
import { LazyRequest } from './lazy-request.ts'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

/** What a fetch application gets beside the `Request`: `c.env` in Hono. */
export interface FetchEnv {
  /** The request as the host gave it. */
  readonly request: HttpRequest
  /** The address of the client, as `Deno.serve` gives it: `getConnInfo` of `hono/deno` reads it. */
  readonly remoteAddr: {
    readonly transport: 'tcp'
    readonly hostname: string
    readonly port: number
  }
}

/** A fetch application: `app.fetch` of Hono, for example. */
export type FetchFunction = (request: Request, env: FetchEnv) => Response | PromiseLike<Response>

/**
 * Makes a handler of a fetch application, for any host.
 *
 * The application gets a lazy `Request`: an object that `instanceof` takes for one, and that is made real only as far as it is looked
 * at. Its content is read only if the application reads it. `signal` is that of the client, `url` is `requestUrl(request)`.
 *
 * On Node 24 and later, and in Cloudflare Workers, `new Request(request)` and `fetch(request)` throw a `TypeError`. There write
 * `new Request(request.url, request)` and `fetch(request.url, request)`, or call `useLightResponse()` once. On Bun the application gets
 * a real `Request`: Bun would take a lazy one for something else, and forget its content.
 *
 * @throws {TypeError} At the call, if `fetch` is not a function.
 * @throws {HttpError} In the handler: `TARGET_INVALID` and `HOST_INVALID` (400) as `requestUrl`, `NOT_IMPLEMENTED` (501) for the methods
 * CONNECT, TRACE and TRACK, and those that Bun does not know, before the application is called; what `fromResponse` throws, after it.
 *
 * @example
 * import { fromFetch } from '@sluice/fetch'
 *
 * export const app = fromFetch(async (request) => new Response(`You said ${await request.text()}`))
 */
export const fromFetch = (fetch: FetchFunction): Handler => {
  checkFetch(fetch)
  const handler: Handler = (request) => {
    const answerOf = request.method === 'HEAD' ? answerToHead : fromResponse
    const response = fetch(requestFor(request), new Env(request))
    return isPromiseLike(response) ? Promise.resolve(response).then(answerOf) : answerOf(response)
  }
  return attachTraits(handler, passingTraits)
}

const requestFor = (request: HttpRequest): Request => {
  const lazy = new LazyRequest(request)
  isMisread ??= LazyRequest.isMisread()
  return isMisread ? LazyRequest.real(lazy) : lazy
}

/** Found out once, by trying. */
let isMisread: boolean | undefined

/** Plain JavaScript may give the application itself. */
const checkFetch = (fetch: unknown): void => {
  if (isObject(fetch) && 'fetch' in fetch)
    throw new TypeError('Cannot use the application: found an object, wanted its fetch function')
  checkHandler(fetch)
}

/**
 * Fetch applications often answer HEAD as Hono does, with the fields of a GET and no body. That says nothing about the length (RFC
 * 9110 8.6).
 */
const answerToHead = (response: Response): HttpResponse => {
  const answer = fromResponse(response)
  return answer.body.byteLength === 0 ? { ...answer, body: toBody([]) } : answer
}

class Env implements FetchEnv {
  readonly request: HttpRequest

  constructor(request: HttpRequest) {
    this.request = request
  }

  get remoteAddr(): FetchEnv['remoteAddr'] {
    const { address, port } = this.request.client
    return { transport: 'tcp', hostname: address, port }
  }
}
