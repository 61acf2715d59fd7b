import { labelOf } from './peers.mjs'
import { readable } from './statistics.mjs'

const majorOf = (runtime) => Number(/\d+/.exec(runtime)?.[0])

const holdsFor = ({ from = 0, until = Number.POSITIVE_INFINITY }, runtime) =>
  majorOf(runtime) >= from && majorOf(runtime) <= until

const variantName = (variant) => (variant === undefined || variant === '' ? '' : ` at ${variant}`)

const titleOf = ({ metric, of = 'sluice', over, variant, own }, { metrics, labels }) => {
  const what = metrics[metric].title
  if (over === undefined) return `${what}${variantName(variant)}`
  if (over === 'sluice') return `${what}, ${own} by ${variant}`
  const labelIn = (peer) => labels?.[peer] ?? labelOf(peer)
  return `${what}${variantName(variant)}, ${labelIn(of)} ÷ ${labelIn(over)}`
}

const wantedOf = ({ atLeast, atMost }) =>
  atLeast === undefined ? `≤ ${readable(atMost)}` : `≥ ${readable(atLeast)}`

const isMet = ({ atLeast, atMost }, found) =>
  atLeast === undefined ? found <= atMost : found >= atLeast

const foundFor = ({ metric, of, over, variant, own }, look, runtime) =>
  over === undefined
    ? look.value(metric, 'sluice', runtime, variant)
    : look.ratio(metric, over, runtime, variant, own, of)

/** What was asked for, and what was found: a row for each mark and runtime that it is for. */
export const checkMarks = (work, look) =>
  look.runtimes.flatMap((runtime) =>
    work.marks
      .filter((mark) => holdsFor(mark, runtime))
      .map((mark) => ({ mark, found: foundFor(mark, look, runtime) }))
      .filter(({ found }) => Number.isFinite(found))
      .map(({ mark, found }) => [
        titleOf(mark, work),
        runtime,
        wantedOf(mark),
        readable(found),
        isMet(mark, found) ? 'met' : '**not met**',
      ]),
  )
