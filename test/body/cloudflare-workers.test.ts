// A process of its own that looks like Cloudflare Workers, whose timers end with the request that set them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { within } from '../support/within.ts'

Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Cloudflare-Workers' } })
const { TurnSampler, yieldTurn } = await import('@sluice/body/engine')

const { setImmediate } = globalThis

/** Runs as a request that is over before its callbacks are called. */
const asRequestThatEnds = (run: () => void): void => {
  Reflect.set(globalThis, 'setImmediate', () => {})
  try {
    run()
  } finally {
    Reflect.set(globalThis, 'setImmediate', setImmediate)
  }
}

const compute = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

const turns = suite('TurnSampler and yieldTurn in Cloudflare Workers')

turns('a request that is over does not hold up the loops of others', async () => {
  asRequestThatEnds(() => {
    const sampler = new TurnSampler()
    compute(20)
    sampler.isTurnOver()
    yieldTurn()
  })
  await within(5000, yieldTurn())
})

turns('a loop is never told to yield: the clock there cannot measure it', () => {
  const sampler = new TurnSampler()
  compute(20)
  for (let frame = 0; frame < 100; frame++) assert.not(sampler.isTurnOver())
})

turns.run()
