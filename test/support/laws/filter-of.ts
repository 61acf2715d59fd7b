import { noFields } from '@sluice/body'
import { fromPull, pullFrom, statedTraits, withTraits } from '@sluice/body/engine'
import { client, requestOf } from '../server/request.ts'
import type { AnyFrame, Body, Data, FieldsInit, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { HttpRequest, HttpResponse, Middleware } from '@sluice/stack'

export type AnyFilter = (body: Body<AnyFrame>) => Body<AnyFrame>

/** A body whose frames the types need not know. */
export function bodyOf(body: Body<AnyFrame>): Body<Data | Trailers>
export function bodyOf(body: Body<AnyFrame>): Body<AnyFrame> {
  return body
}

/** The content type and coding of what the middlewares are tried on. */
interface Head {
  readonly headers: FieldsInit
}

/** What a middleware makes of the body of a response, with its traits. */
export const ofResponse = (middleware: Middleware, head?: Head, asked?: Head): AnyFilter =>
  withTraits(statedTraits(middleware) ?? {}, (body: Body<AnyFrame>) =>
    made(body, (ours, request) => {
      const response = (): HttpResponse => responseOf(ours, head)
      return middleware(response)({ ...requestOf(asked), client: request.client })
    }),
  )

/** What a middleware makes of the body of a request, with its traits. */
export const ofRequest = (middleware: Middleware, head?: Head): AnyFilter =>
  withTraits(statedTraits(middleware) ?? {}, (body: Body<AnyFrame>) =>
    made(body, (ours, request) => {
      const echo = (given: HttpRequest): HttpResponse => responseOf(given.body)
      const parts = { method: 'POST', ...head, body: bodyOf(ours) }
      return middleware(echo)({ ...requestOf(parts), client: request.client })
    }),
  )

function frames(body: Body<AnyFrame>): Body<Frame>
function frames(body: Body<AnyFrame>): Body<AnyFrame> {
  return body
}

const responseOf = (body: Body<AnyFrame>, head?: Head): HttpResponse => {
  const { headers } = requestOf(head)
  return { status: 200, headers: head === undefined ? noFields : headers, body: frames(body) }
}

/** The body of an answer that may have to be waited for; the client leaves when the body is closed before. */
const made = (
  body: Body<AnyFrame>,
  answer: (
    body: Body<AnyFrame>,
    request: Pick<HttpRequest, 'client'>,
  ) => HttpResponse | PromiseLike<HttpResponse>,
): Body<AnyFrame> => {
  const gone = new AbortController()
  const ours = answer.bind(undefined, body, { client: { ...client, signal: gone.signal } })
  return later(async () => (await ours()).body, body, gone)
}

/** A body that somebody makes when it is first pulled; closing it before ends the making. */
export const later = (
  make: () => Promise<Body<AnyFrame>>,
  source: Body<AnyFrame>,
  gone: AbortController = new AbortController(),
): Body<AnyFrame> =>
  fromPull(() => {
    let made: Promise<Pull<AnyFrame>> | undefined
    let over = false
    return {
      async pull() {
        if (over) return undefined
        try {
          made ??= make().then(pullFrom)
          const reading = await made
          return await reading.pull()
        } catch (error) {
          if (over) return undefined
          over = true
          throw error
        }
      },
      async close() {
        if (over) return
        over = true
        // One that was never made leaves its source to us.
        if (made === undefined) return pullFrom(source).close()
        gone.abort(new Error('the reader has left'))
        await made.then(
          (reading) => reading.close(),
          () => {},
        )
      },
    }
  })
