import { match, P } from 'ts-pattern'
import { findPart } from './find-part.ts'
import type { Traits } from '@sluice/body/engine'

type Stated = Pick<Traits, 'mode' | 'reentrant'>

/**
 * Checks that a host can run a handler, or a middleware, with all its parts: on its event loop, for several requests at once.
 *
 * Only what parts state counts. A function without traits is never refused. Called once, at the start: a request costs nothing.
 *
 * @param place What the host was given: `the handler` or `the middleware`.
 * @throws {TypeError} If a part states another `mode` than `async`, or that it is not `reentrant`. The message names the part, and says
 * what to do.
 */
export const checkRunsHere = (given: unknown, place: string): void => {
  const root = { place, part: given }
  const misplaced = findPart(root, blocks) ?? findPart(root, isNotReentrant)
  if (misplaced === undefined) return
  const { mode = 'async', reentrant = true } = misplaced.stated
  throw new TypeError(`Cannot use ${place}: ${misplaced.name} ${reasonOf({ mode, reentrant })}`)
}

/** Whether a part states that the event loop cannot run it. */
export const blocks = ({ mode = 'async' }: Partial<Traits>): boolean => mode !== 'async'

const isNotReentrant = ({ reentrant = true }: Partial<Traits>): boolean => !reentrant

const reasonOf = (stated: Stated): string =>
  match(stated)
    .with(
      { mode: 'blocking' },
      () => `states mode: 'blocking', and would block the event loop: ${toDo}`,
    )
    .with(
      { mode: 'process' },
      () => `states mode: 'process', and cannot share the process of the host: ${toDoApart}`,
    )
    .with(
      { mode: 'async', reentrant: P.boolean },
      () =>
        `states reentrant: false, and a host calls it for several requests at once: ${toDo}, or use a lock and state reentrant: true`,
    )
    .exhaustive()

/** In a worker of `blocking()`, each thread has one request at a time. */
const toDo = 'run it with blocking() of @sluice/blocking (a body filter with inWorker())'

/** Threads share the process of the host too. */
const toDoApart =
  'make it a CGI program, which cgi() of @sluice/blocking/cgi runs, or give it a child process of its own'
