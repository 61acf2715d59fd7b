import { createServer, ServerResponse } from 'node:http'
import { toMiddleware } from '@sluice/node'
import type { IncomingMessage } from 'node:http'
import type { NextFunction } from '@sluice/node'
import type { Middleware } from '@sluice/stack'
import type { Mount } from './hosting.ts'

/** A layer of a small framework. */
export type Layer = (req: IncomingMessage, res: ServerResponse, next: NextFunction) => void

/** A layer that takes errors. */
export interface ErrorLayer {
  error(error: unknown, req: IncomingMessage, res: ServerResponse): void
}

/** As Express has one for each application that is mounted. */
class FrameworkResponse extends ServerResponse {
  json(value: unknown): void {
    this.setHeader('Content-Type', 'application/json')
    this.end(JSON.stringify(value))
  }
}

/**
 * Layers as Express runs them: each gets a `next` that goes on from where the list stands, and an error goes to the error layer
 * behind that place. Before each layer, `res` gets a prototype of the framework.
 */
export const framework =
  (layers: readonly (Layer | ErrorLayer)[]): Layer =>
  (req, res, done) => {
    let at = 0
    const next: NextFunction = (error) => {
      for (;;) {
        const layer = layers[at++]
        if (layer === undefined) return done(error)
        Object.setPrototypeOf(res, FrameworkResponse.prototype)
        if (typeof layer === 'function' && error === undefined) return layer(req, res, next)
        if (typeof layer === 'object' && error !== undefined) return layer.error(error, req, res)
      }
    }
    next()
  }

/** Serves an application behind a middleware, with more layers outside. */
export const around =
  (
    middleware: Middleware,
    app: Layer | readonly (Layer | ErrorLayer)[],
    outside: readonly Layer[] = [],
  ): Mount =>
  (_, options) => {
    const inside = typeof app === 'function' ? [app] : app
    const all = framework([...outside, toMiddleware(middleware, options), ...inside])
    return createServer((req, res) =>
      all(req, res, (error) => {
        res.statusCode = error === undefined ? 404 : 500
        res.end(error === undefined ? 'not found' : `failed: ${String(error)}`)
      }),
    )
  }

/** A handler that is never called, for `around`. */
export const unused = (): never => {
  throw new Error('not reached')
}
