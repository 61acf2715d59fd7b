import { LazyRequest } from './lazy-request.ts'
import { lightJson, lightResponse } from './make-response.ts'
import { PlatformRequest, PlatformResponse } from './platform.ts'

/**
 * Replaces `globalThis.Response` by one that makes responses of text and bytes without a stream, until they are looked into. Behind
 * `fromFetch` such a response costs a fraction of a real one, and has a `content-length`.
 *
 * Also replaces `globalThis.Request` and `globalThis.fetch`, so that they take the lazy requests of `fromFetch` on every platform.
 * Prototypes, and so `instanceof`, are those of the platform. Responses of streams, blobs and forms are real ones, and so is what the
 * platform has to refuse.
 *
 * Do not use it in a process that also gives responses to `Bun.serve`, Cloudflare Workers or a cache: they take real ones only.
 *
 * @returns Sets the globals back, once as many calls are undone as were made. A global that other code has set meanwhile stays.
 *
 * @example
 * import { fromFetch, useLightResponse } from '@sluice/fetch'
 *
 * const undo = useLightResponse()
 * export const app = fromFetch(() => new Response('hello'))
 * undo()
 */
export const useLightResponse = (): (() => void) => {
  if (uses++ === 0) {
    undoReplacing = [
      replaceGlobal('Response', lightConstructor),
      replaceGlobal('Request', requestConstructor),
      replaceGlobal('fetch', takingLazy(globalThis.fetch)),
    ]
  }
  let isUndone = false
  return () => {
    if (isUndone) return
    isUndone = true
    if (--uses === 0) for (const undo of undoReplacing) undo()
  }
}

let uses = 0
let undoReplacing: readonly (() => void)[] = []

const replaceGlobal = (name: string, value: object): (() => void) => {
  const before = Reflect.getOwnPropertyDescriptor(globalThis, name)
  const enumerable = before?.enumerable === true
  Reflect.defineProperty(globalThis, name, {
    configurable: true,
    writable: true,
    enumerable,
    value,
  })
  return () => {
    if (before !== undefined && Reflect.get(globalThis, name) === value)
      Reflect.defineProperty(globalThis, name, before)
  }
}

const json = (...given: Parameters<typeof Response.json>): Response =>
  lightJson(...given) ?? PlatformResponse.json(...given)

/** A proxy, so that statics, prototype and subclasses are those of the platform. */
const lightConstructor: typeof Response = new Proxy(PlatformResponse, {
  construct(platform, given, newTarget) {
    const light = newTarget === lightConstructor ? lightResponse(given[0], given[1]) : undefined
    return light ?? Reflect.construct(platform, given, newTarget)
  },
  get: (platform, key) => (key === 'json' ? json : Reflect.get(platform, key)),
})

const requestConstructor: typeof Request = new Proxy(PlatformRequest, {
  construct: (platform, [input, ...init], newTarget) =>
    Reflect.construct(platform, [LazyRequest.real(input), ...init], newTarget),
})

const takingLazy = (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  new Proxy(fetch, {
    apply: (platform, self, [input, ...init]) =>
      Reflect.apply(platform, self, [LazyRequest.real(input), ...init]),
  })
