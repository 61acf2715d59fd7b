import {
  checkCallback,
  checkChoice,
  checkInterval,
  checkOptions,
  isPromiseLike,
  passingTraits,
  withTraits,
} from '@sluice/body/engine'
import { checkResponse } from '@sluice/stack'
import { callUser, printError } from '@sluice/stack/host'
import { loopWatch } from './lag/loop-watch.ts'
import { lagPrinter } from './lag/print-lag.ts'
import { watchedBody } from './lag/watched-body.ts'
import { WatchedRequest } from './lag/watched-request.ts'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { CallbacksFollowed, LagRule, LoopLag } from './lag/watched-request.ts'

export interface LagWarningOptions {
  /** Milliseconds for which a request may hold the event loop in one go. */
  readonly maxLagMs: number
  /** Called for each hold that was longer, in place of the warning. What it throws is printed. */
  readonly onLag?: (lag: LoopLag) => void
  /** The name to report; that of the handler's function by default. */
  readonly name?: string
  /** When to time callbacks and what follows an `await`, which takes async hooks; `after-lag` by default. */
  readonly callbacks?: CallbacksFollowed
}

/**
 * Names an asynchronous handler that holds the event loop for longer than `maxLagMs` in one go.
 *
 * Responses and their bodies pass unchanged. The call of the handler and each pull of its response body are timed. A lag in
 * neither, found by a late timer, is reported without a name. For a minute from then on, async hooks also time what
 * handlers do in callbacks and after an `await`: one that holds the loop again is named. `callbacks: 'always'` names it the first
 * time, and makes each promise of the process slower all the time; `'never'` reports nothing of this kind.
 *
 * Prints a process warning of the type `LagWarning`, at most one in ten seconds, unless `onLag` is given. The path is reported
 * without the query, which may hold secrets. Place it last in a stack: it sees the name of what it stands around. There is no
 * timer and no hook soon after the last request is over, and none keeps the process alive.
 *
 * @param options.maxLagMs Milliseconds, more than 0.
 * @param options.callbacks `after-lag` by default.
 * @throws {TypeError} At the call, if there are no options, or `onLag` is no function.
 * @throws {RangeError} At the call, if `maxLagMs` is 0 or less, or `callbacks` is none of the three.
 *
 * @example
 * import { lagWarning } from '@sluice/blocking'
 * import { stack, text } from '@sluice/stack'
 *
 * const onLag = console.warn
 * export const app = stack(lagWarning({ maxLagMs: 50, onLag }))(() => text('quick'))
 */
export const lagWarning = (options: LagWarningOptions): PassingMiddleware => {
  checkOptions(options)
  const { maxLagMs, onLag, name, callbacks = 'after-lag' } = options
  if (onLag !== undefined) checkCallback('onLag', onLag)
  const tell = onLag ?? lagPrinter()
  const rule: LagRule = {
    maxLagMs: checkInterval('maxLagMs', maxLagMs),
    callbacks: checkChoice('callbacks', callbacks, ['after-lag', 'always', 'never']),
    report: (lag) => callUser(() => tell(lag), printError),
    inFlight: 0,
  }
  const watching: PassingMiddleware = (next) => {
    const handler = name ?? (next.name.replace(/^bound /, '') || 'anonymous')
    return (request) => {
      const watched = new WatchedRequest(rule, handler, request)
      loopWatch.begin(watched)
      try {
        const response = loopWatch.run(watched, 'call', next, request)
        if (!isPromiseLike(response)) return watchedResponse(response, watched)
        return Promise.resolve(response).then(
          (later) => watchedResponse(later, watched),
          (error) => failed(error, watched),
        )
      } catch (error) {
        return failed(error, watched)
      }
    }
  }
  return withTraits(passingTraits, watching)
}

const failed = (error: unknown, watched: WatchedRequest): never => {
  loopWatch.over(watched)
  throw error
}

const watchedResponse = (response: HttpResponse, watched: WatchedRequest): HttpResponse => {
  try {
    checkResponse(response)
    return { ...response, body: watchedBody(response.body, watched) }
  } catch (error) {
    return failed(error, watched)
  }
}
