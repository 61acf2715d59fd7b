import { foundIn, isObject } from '@sluice/body/engine'

/** Anything but what has neither of the two by its type. */
type Given = { readonly rawHeaders?: unknown; readonly writeHead?: unknown } | null | undefined

/**
 * Checks what a framework gives a listener. Plain JavaScript gives what the framework has made of `req` and `res`.
 *
 * @throws {TypeError} The message says what to give.
 */
export const checkGiven = (req: Given, res: Given): void => {
  // Every request comes here.
  if (req?.rawHeaders !== undefined && res?.writeHead !== undefined) return
  throw new TypeError(`Cannot answer the request: found ${sentenceOf(req, res)}`)
}

const has = (given: unknown, name: string): given is object => isObject(given) && name in given

const sentenceOf = (req: unknown, res: unknown): string => {
  if (has(req, 'req') && has(req, 'res'))
    return 'a context, such as that of Koa, wanted (req, res): give ctx.req and ctx.res'
  if (has(req, 'raw') || has(res, 'raw'))
    return 'a request or reply of Fastify, wanted (req, res): give request.raw and reply.raw'
  if (has(req, 'rawHeaders')) return `${foundIn(res)} as res, wanted a response of node:http`
  return `${foundIn(req)} as req, wanted a request of node:http`
}
