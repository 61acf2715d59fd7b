// @seconds 300
// @slow 26
// More filters that are wrong, written from the laws alone: each is caught by the test of the law named.
import { lawTests } from '@sluice/laws'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { mutantsOfEnds } from '../support/laws/mutants-ends.ts'
import { mutantsOfFrames } from '../support/laws/mutants-frames.ts'
import { mutantsOfMemory } from '../support/laws/mutants-memory.ts'
import { clearLongTimers, mutantsOfWaits } from '../support/laws/mutants-waits.ts'
import { rejects } from '../support/rejects.ts'
import type { Mutant } from '../support/laws/hand-written.ts'

const tables: Readonly<Record<string, readonly Mutant[]>> = {
  'memory, and what belongs to one body': mutantsOfMemory,
  'what is in a frame': mutantsOfFrames,
  'flushes, pauses and timers': mutantsOfWaits,
  'demand, ends, readers and fairness': mutantsOfEnds,
}

for (const [subject, mutants] of Object.entries(tables)) {
  const caught = suite(`laws: more mutants: ${subject}`)
  caught.after.each(clearLongTimers)
  for (const { name, law, make, options } of mutants)
    caught(`law ${law}: ${name}`, async () => {
      const tried = { seed: 4, runs: 12, timeoutMs: 2500, ...options }
      const [test] = lawTests(make, tried).filter((each) => each.law === law)
      const { message } = await rejects(async () => test?.run(), 'LAW_BROKEN')
      assert.match(message, new RegExp(`breaks 1 of 1 frame laws\n\nLaw ${law},`))
    })
  caught.run()
}

const told = suite('laws: what a report says of them')
told.after.each(clearLongTimers)

/** What the test of a law says was found. */
const foundIn = async ({ law, make, options }: Mutant): Promise<string> => {
  const [test] = lawTests(make, { seed: 4, timeoutMs: 20_000, ...options }).filter(
    (each) => each.law === law,
  )
  const { message } = await rejects(async () => test?.run(), 'LAW_BROKEN')
  return message
}

const all = Object.values(tables).flat()

for (const [name, found] of [
  ['takes the whole ArrayBuffer of a view', /in one piece other content leaves|memory/],
  ['writes a zero behind the view, where there is room', /changed the bytes .* or memory around/],
  ['holds bytes in one place for all bodies', /one filter made of this body, after one that/],
  ['loses the fields of the trailers', /left with no fields, and came with x-sum: "a1"/],
  ['copies unknown kinds by JSON', /frame left with other contents than it came with/],
  ['writes a mark on unknown kinds', /changed a \{\w*\} frame that it was given/],
  ['tells the receipt of any kind that has one', /used the `sent` of a frame of an unknown kind/],
  ['says that the body has 0 bytes where it was not known', /of unknown byteLength/],
  ['tells the receipt of the latest flush only', /the receipt of a flush/],
  ['ends a pause after 100 ms, and clears its timer', /lasted for more than 100 ms/],
  ['drops pauses, as it may, and nobody sees their failure', /pause/],
  [
    'forgets the pause in its queue when the reader leaves, and nobody sees its failure',
    /unhandled/,
  ],
  [
    'sets a timer for each body and does not clear it',
    /each body leaves a timer behind, after its/,
  ],
  [
    'takes a source that is quiet for 100 ms for one that has ended',
    /did not go on when the source/,
  ],
  ['takes an AbortError for an end', /ended well, and its source had failed/],
  ['adds its name to the message of an error', /has changed the error|TypeError/],
  ['looks for a line through all data at once', /took 20000 frames without a wait/],
  ['skips empty data without a turn', /took 20000 frames without a wait/],
  ['gives a pause before an error', /kind pause was made of the error/],
  ['tells of an error in trailers, and may make trailers', /kind trailers was made of the error/],
  [
    'tells a receipt of no reason if the reason is falsy',
    /got undefined, but the reader passed null/,
  ],
  ['asks once more before it gives a flush', /pulled again before the flush frame had left/],
  ['has an iterator that passes on each call of next, also while one is pending', /was pending/],
  [
    'sets a timer for each wait, and clears it only once the source has answered',
    /a timer behind, after the reader had left a source that never answers/,
  ],
  ['closes its source and forgets the promise', /failed to close: an unhandled rejection/],
  ['gives a last CR behind the trailers', /something left after the trailers/],
] as const)
  told(name, async () => {
    const [mutant] = all.filter((each) => each.name === name)
    assert.match(mutant === undefined ? 'no such mutant' : await foundIn(mutant), found)
  })

told(
  'looking for timers leaves none',
  leavingNothing(async () => {
    const tests = lawTests(() => (body) => body, { seed: 4, runs: 2 })
    for (const { run } of tests) await run()
  }),
)

told.run()
