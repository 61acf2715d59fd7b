import { responseInvalid } from '@sluice/stack/host'
import type { HttpError } from '@sluice/stack'

/** Frameworks answer what comes to a route, unless they are told not to. */
export const begunElsewhere = (): HttpError =>
  responseInvalid(
    'a response that other code has begun to write to res: in Fastify call reply.hijack() first, in Koa set ctx.respond = false',
  )
