// What may stand in a stack, and where, for the compiler alone. The sentences it says are in test/stack/types.test.ts.
import { dropFlush, limitBytes, mapText } from '@sluice/filter'
import {
  answerErrors,
  input,
  joinTraits,
  output,
  passingTraits,
  redirect,
  request,
  requestUrl,
  stack,
  text,
  traits,
  withTraits,
} from '@sluice/stack'
import type { Body, Data, Flush, Trailers } from '@sluice/body'
import type {
  Handler,
  HttpRequest,
  HttpResponse,
  Middleware,
  PassingMiddleware,
  Traits,
} from '@sluice/stack'

interface WithUser {
  readonly user: { readonly name: string }
}
interface Page {
  readonly title: string
}

declare const logs: PassingMiddleware
declare const withUser: PassingMiddleware<HttpRequest, WithUser>
declare const needsUser: PassingMiddleware<HttpRequest & WithUser>
declare const needsMore: PassingMiddleware<HttpRequest & WithUser & { readonly session: string }>
declare const needsNumber: PassingMiddleware<HttpRequest & { readonly user: number }>
declare const mayNeed: PassingMiddleware<HttpRequest & { readonly trace?: string }>
declare const withAdmin: PassingMiddleware<
  HttpRequest & WithUser,
  { readonly user: { readonly admin: true } }
>
declare const plain: Middleware
declare const plainUser: Middleware<HttpRequest, HttpRequest & WithUser>
declare const brief: Middleware<HttpRequest, { readonly path: string }>
declare const byPath: Middleware<{ readonly path: string }>
declare const withoutUser: <Q extends HttpRequest & WithUser>(
  next: Handler<Omit<Q, 'user'>>,
) => Handler<Q>
declare const render: Middleware<HttpRequest, HttpRequest, Page, HttpResponse>
declare const retitle: <Q>(next: Handler<Q, Page>) => Handler<Q, Page>
declare const isDev: boolean
declare const ok: () => HttpResponse

/** A middleware made by a generic call, as validators are. */
declare function checked<T>(
  check: (value: unknown) => T,
): PassingMiddleware<HttpRequest, { readonly content: T }>

// What a stack takes and answers.
export const nothing: Handler = stack()(({ target }) => text(target))
export const one: Handler = stack(withUser)(({ user, target }) => text(user.name + target))
export const later: Handler = stack(logs)(async () => text(''))
export const middleware: Middleware<HttpRequest, HttpRequest & WithUser> = stack(logs, withUser)

// Order: what a middleware adds is there for those after it, through generic ones and those that say it.
export const first: Handler = stack(withUser, needsUser)(({ user }) => text(user.name))
export const through: Handler = stack(
  withUser,
  logs,
  needsUser,
  logs,
)(({ user }) => text(user.name))
export const said: Handler = stack(plainUser, needsUser)(({ user }) => text(user.name))
export const optional: Handler = stack(logs, mayNeed)(ok)
// @ts-expect-error it stands first, and a later one provides what it needs
stack(needsUser, withUser)(ok)
// @ts-expect-error
stack(needsUser, logs, withUser)(ok)
// @ts-expect-error
stack(logs, needsUser, withUser)(ok)
// @ts-expect-error nothing provides it
stack(logs, needsUser)(ok)
// @ts-expect-error only a part of what it needs is there
stack(withUser, needsMore)(ok)
// @ts-expect-error it is there, and is something else
stack(withUser, needsNumber)(ok)
// @ts-expect-error the handler needs it
stack(logs)(({ user }) => text(user.name))
// @ts-expect-error
stack(logs)(({ user }: HttpRequest & WithUser) => text(user.name))

// What the first needs, the stack needs: it does not compile where it is served.
export const inner: Handler<HttpRequest & WithUser> = stack(needsUser)(ok)
// @ts-expect-error
export const unserved: Handler = stack(needsUser)(ok)
// A later one may make more of what the first needs.
export const refined: Handler<HttpRequest & WithUser> = stack(
  needsUser,
  withAdmin,
)(({ user }) => text(`${user.name} ${user.admin}`))

// One that is not generic passes on what it says.
export const renamed: Handler = stack(brief, byPath)(({ path }) => text(path))
// @ts-expect-error
stack(withUser, plain)(({ user }) => text(user.name))
// @ts-expect-error
stack(withUser, plain, needsUser)(ok)
// @ts-expect-error
stack(brief, logs)(ok)
// @ts-expect-error it is taken out
stack(withUser, withoutUser, needsUser)(ok)

// A stack in a stack, made in place or before.
const group = stack(needsUser, logs)
export const grouped: Handler = stack(withUser, group)(({ user }) => text(user.name))
export const inPlace: Handler = stack(withUser, stack(logs, stack()), needsUser)(ok)
export const nested: Handler = stack(
  stack(logs, stack(withUser)),
  stack(needsUser),
)(({ user }) => text(user.name))
export const asPassing: PassingMiddleware<HttpRequest, WithUser> = stack(withUser, logs)
export const asNeeding: PassingMiddleware<HttpRequest & WithUser> = stack(needsUser, stack(logs))
// @ts-expect-error
stack(logs, group)(ok)
// @ts-expect-error
stack(logs, stack(needsUser))(ok)
// @ts-expect-error it adds no user
export const addsNothing: PassingMiddleware<HttpRequest, WithUser> = stack(logs)
// @ts-expect-error it needs a user
export const needsNothing: PassingMiddleware = stack(needsUser)

// A passing middleware is not taken for one that needs less or adds more.
export const needsLess: PassingMiddleware<HttpRequest & WithUser> = logs
export const addsMore: PassingMiddleware = withUser
// @ts-expect-error
export const hidden: PassingMiddleware = needsUser
// @ts-expect-error
export const invented: PassingMiddleware<HttpRequest, WithUser> = logs

// Made by a generic call, in place.
const toNumber = (value: unknown): number => Number(value)
export const generic: Handler = stack(
  withUser,
  checked(toNumber),
  needsUser,
)(({ user, content }) => text(`${user.name} ${content.toFixed()}`))
// @ts-expect-error
stack(checked(toNumber), needsUser)(ok)

// Written in place: with types. `next` alone does not say what it is.
export const here: Handler = stack(
  withUser,
  <Q extends HttpRequest & WithUser>(next: Handler<Q & { readonly length: number }>): Handler<Q> =>
    (request) =>
      next({ ...request, length: request.user.name.length }),
  needsUser,
)(({ length, user }) => text(`${length} ${user.name}`))
export const outermost: Handler = stack(
  (next: Handler): Handler =>
    async (request) => ({ ...(await next(request)), status: 201 }),
  withUser,
)(({ user }) => text(user.name))
// @ts-expect-error
stack((next) => (request) => next(request))(ok)
const forgets =
  (next: Handler): Handler =>
  (request) =>
    next(request)
// @ts-expect-error it passes on a request, and not what was added to it
stack(withUser, forgets, needsUser)(ok)

// One or the other: both have to fit, and what both add is there.
export const either: Handler = stack(
  withUser,
  isDev ? logs : needsUser,
)(({ user }) => text(user.name))
// @ts-expect-error
stack(logs, isDev ? logs : needsUser)(ok)
// @ts-expect-error
stack(isDev ? withUser : logs, needsUser)(ok)

// Arrays: each has to leave the types as they are.
const some: readonly PassingMiddleware[] = [logs, withUser]
const someNeedUser: readonly PassingMiddleware<HttpRequest & WithUser>[] = [needsUser]
export const several: Handler = stack(...some)(ok)
export const between: Handler = stack(withUser, ...some, needsUser)(({ user }) => text(user.name))
export const perhaps: Handler = stack(
  withUser,
  ...(isDev ? [logs] : []),
)(({ user }) => text(user.name))
// @ts-expect-error
stack(logs, ...someNeedUser)(ok)
// @ts-expect-error nobody knows whether it is there
stack(...(isDev ? [logs] : []), withUser)(({ user }) => text(user.name))

// Responses: what one answers, the one before it expects.
export const page: Handler = stack(logs, render)(() => ({ title: '' }))
export const pages: Handler = stack(render, retitle, ...[retitle])(async () => ({ title: '' }))
export const bare: Handler<HttpRequest, Page> = stack(retitle)(() => ({ title: '' }))
// @ts-expect-error it answers a response, a page is expected
stack(render, logs)
// @ts-expect-error
stack(render, ...some)
// @ts-expect-error the handler answers a response
stack(render)(ok)
// @ts-expect-error the handler answers nothing
stack(logs)(() => {})

// A request for tests is one of a server: its body has neither flush nor pause.
async function* flushes(): AsyncGenerator<Flush> {
  yield { kind: 'flush' }
}
export const made: HttpRequest = request('/', { body: ['one', new Uint8Array()], version: '3' })
export const url: URL = requestUrl(made)
// @ts-expect-error
request('/', { body: flushes() })
// @ts-expect-error
request('/', { version: '1.2' })
// @ts-expect-error it is no redirect
redirect('/', 304)

// What is no middleware.
// @ts-expect-error
stack(42)
// @ts-expect-error it has not been called
stack(logs, answerErrors)
// @ts-expect-error it answers a number
stack(logs, (_next: Handler) => (_request: HttpRequest) => 5)

// Bodies: filters on requests see no flush and no pause, and may not make any.
export const filters: Handler = stack(
  withUser,
  answerErrors(),
  input(limitBytes({ maxBytes: 1 })),
  output(dropFlush),
  output(
    mapText((part) => part),
    { etag: 'weaken' },
  ),
)(({ user, body }) => {
  const content: Body<Data | Trailers> = body
  return text(`${user.name} ${content.byteLength}`)
})
declare const flushing: (body: Body<Data | Trailers>) => Body<Data | Flush>
// @ts-expect-error
input(flushing)
// @ts-expect-error
output((body) => body, { etag: 'keep' })

// Traits: a stack has all of them, whatever its parts say, and so has the application.
/** Compiles only if both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_proof: Same<A, B>): void => {}
const place = stack(withUser, answerErrors(), input(limitBytes({ maxBytes: 1 })))
const joined = traits(place)
same<typeof joined, Traits>(true)
same<typeof joined.bytes, 'kept' | 'changed'>(true)
same<typeof joined.holds, 'nothing' | 'bounded' | 'whole'>(true)
same<typeof joined.flush, 'kept' | 'delayed' | 'lost'>(true)
same<typeof joined.mode, 'async' | 'blocking' | 'process'>(true)
same<typeof joined.reentrant, boolean>(true)
export const ofAll: Traits = joinTraits(joined, traits(place(({ user }) => text(user.name))))
// @ts-expect-error a record that is joined has to be whole
joinTraits({ bytes: 'kept' })
// @ts-expect-error each is a record
joinTraits(place)
// @ts-expect-error `reentrant` is missing
export const incomplete: Traits = { bytes: 'kept', holds: 'nothing', flush: 'kept', mode: 'async' }
// @ts-expect-error there is no such value
export const misspelt: Traits = { ...passingTraits, flush: 'dropped' }
// @ts-expect-error the record is readonly
joined.bytes = 'kept'
// @ts-expect-error `changesBytes` is the trait `bytes` of the filter
input(limitBytes({ maxBytes: 1 }), { changesBytes: false })

// What withTraits gives has the type of what it was given, and stands in a stack like that.
const stated = withTraits({ bytes: 'kept' }, withUser)
same<typeof stated, typeof withUser>(true)
const handled = withTraits({ mode: 'blocking' }, ok)
same<typeof handled, typeof ok>(true)
export const withSaid: Handler = stack(stated, needsUser)(({ user }) => text(user.name))
// @ts-expect-error traits do not change what a middleware needs
stack(withTraits(passingTraits, needsUser), withUser)
// @ts-expect-error there is no such value
withTraits({ holds: 'some' }, logs)
// @ts-expect-error there is no such trait
withTraits({ speed: 'fast' }, logs)
// @ts-expect-error a trait cannot be left open
withTraits({ mode: undefined }, logs)
// @ts-expect-error it is no function
withTraits(passingTraits, { status: 200 })
