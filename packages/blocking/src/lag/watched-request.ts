import type { HttpRequest } from '@sluice/stack'

/** In what a request held the event loop: its handler's call, the reading of its response body, or a callback that it began. */
export type LagPlace = 'call' | 'body' | 'callback'

/** One hold of the event loop. */
export interface LoopLag {
  /** The name of the handler, or `anonymous`; `undefined` if no request is known to have held the loop. */
  readonly handler: string | undefined
  readonly method: string | undefined
  /** The path of the request, without its query. */
  readonly path: string | undefined
  readonly heldMs: number
  readonly place: LagPlace | 'unknown'
}

/** When to follow the callbacks of requests by async hooks, which make every promise of the process slower. */
export type CallbacksFollowed = 'after-lag' | 'always' | 'never'

/** What one `lagWarning` is to watch, and the number of its requests in flight. */
export interface LagRule {
  readonly maxLagMs: number
  readonly callbacks: CallbacksFollowed
  readonly report: (lag: LoopLag) => void
  inFlight: number
}

/** A request in flight, and how long it has held the loop since a timer last had its turn. */
export class WatchedRequest {
  readonly rule: LagRule
  readonly handler: string
  readonly method: string
  readonly target: string
  /** The number of the go that `heldMs` is of: see `HoldTimes`. */
  go = 0
  heldMs = 0
  isOver = false

  /** Keeps no more of the request: a callback that lasts keeps this. */
  constructor(rule: LagRule, handler: string, { method, target }: HttpRequest) {
    this.rule = rule
    this.handler = handler
    this.method = method
    this.target = target
  }

  lag(place: LagPlace): LoopLag {
    const { handler, method, heldMs } = this
    return { handler, method, path: pathOf(this.target), heldMs, place }
  }
}

/** The path of a request-target (RFC 9112 section 3.2). The query and the authority may hold secrets. */
const pathOf = (target: string): string => {
  const path = target.replace(/[?#].*$/s, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  return path === '' ? '/' : path
}
