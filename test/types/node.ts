// What frameworks give as `next` is given to a middleware without a cast.
import type { NextFunction } from '@sluice/node'

/** As Fastify has it. */
declare const done: <E extends Error = Error>(error?: E) => void

/** As Express has it. */
declare const next: {
  (error?: unknown): void
  (deferToNext: 'router' | 'route'): void
}

export const functions: readonly NextFunction[] = [done, next, (error?: Error) => void error]

// @ts-expect-error: it takes an error, not a number
export const wrong: NextFunction = (count: number, more: number) => void (count + more)
