import { match } from 'ts-pattern'
import type { LoopLag } from './watched-request.ts'

/** The time from one line to the next: a handler that always blocks must not fill the log. */
const quietMs = 10_000

/** A path can be as long as a head, and other hosts may let control characters through. */
const longestPath = 200

/** Prints lags as warnings of the process, at most one in ten seconds. */
export const lagPrinter = (): ((lag: LoopLag) => void) => {
  let printedAt = Number.NEGATIVE_INFINITY
  let unprinted = 0
  return (lag) => {
    const now = performance.now()
    if (now - printedAt < quietMs) {
      unprinted++
      return
    }
    const more = unprinted === 0 ? '' : ` (${unprinted} more since the last warning)`
    printedAt = now
    unprinted = 0
    process.emitWarning(`${sentenceOf(lag)}${more}`, { type: 'LagWarning', code: 'SLUICE_LAG' })
  }
}

const sentenceOf = ({ handler, method, path, heldMs, place }: LoopLag): string => {
  const held = `held the event loop for ${Math.round(heldMs)} ms`
  const who = `${handler} (${method} ${printable(path ?? '')})`
  return match(place)
    .with('call', () => `${who} ${held} before it returned`)
    .with('body', () => `${who} ${held} while its response body was read`)
    .with('callback', () => `${who} ${held} in a callback, or after an await`)
    .with('unknown', () => `Something ${held}, in no call or body of a request`)
    .exhaustive()
}

const printable = (path: string): string => path.slice(0, longestPath).replace(/[^\x21-\x7e]/g, '?')
