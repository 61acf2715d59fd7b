// The contract of engines (engine/engine.ts) as tests.
//
// Each test gets an engine on an empty store and connects to it once or more: each connection stands for a process. A test waits
// for what must come until `timeoutMs`, and asserts order, numbers and counts. It never asserts that something came within a time,
// except that calls which cannot succeed have to reject.
import { checkInterval, checkOptions } from '@sluice/body/engine'
import { appending } from './appending.ts'
import { closing } from './closing.ts'
import { ending } from './ending.ts'
import { following } from './following.ts'
import { naming } from './naming.ts'
import { reading } from './reading.ts'
import { registering } from './registering.ts'
import { removing } from './removing.ts'
import { Trial } from './trial.ts'
import { trimming } from './trimming.ts'
import type { Engine } from '../engine/engine.ts'

/** One rule of the contract as a test of any runner. */
export interface EngineTest {
  /** The rule in a sentence, for the name of a test. */
  readonly name: string
  /** @throws {EngineTestError} By the promise, if the engine breaks the rule. */
  run(): Promise<void>
}

export interface EngineTestOptions {
  /** Milliseconds that the engine may take for one answer, 1 or more; 10,000 by default. */
  readonly timeoutMs?: number | undefined
}

const cases = [
  ...appending,
  ...reading,
  ...trimming,
  ...ending,
  ...registering,
  ...following,
  ...removing,
  ...naming,
  ...closing,
]

/**
 * Returns the contract of engines as tests for any test runner.
 *
 * The store has to be there: what an engine does without it is not tested.
 *
 * @param makeEngine Makes an engine on an empty store; called for each test. A prefix of its own makes a shared store empty. A test
 * connects to it more than once, as several processes do, and closes what it has connected.
 * @throws {RangeError} At the call, if `timeoutMs` is invalid.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memory } from '@sluice/hub'
 * import { engineTests } from '@sluice/hub/engine-tests'
 *
 * for (const { name, run } of engineTests(() => memory())) test(name, run)
 * ```
 */
export const engineTests = (
  makeEngine: () => Engine | Promise<Engine>,
  options: EngineTestOptions = {},
): readonly EngineTest[] => {
  checkOptions(options)
  const { timeoutMs = 10_000 } = options
  checkInterval('timeoutMs', timeoutMs)
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const trial = new Trial(await makeEngine(), timeoutMs)
      try {
        await run(trial)
      } finally {
        await trial.close()
      }
    },
  }))
}
