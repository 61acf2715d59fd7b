import * as assert from 'uvu/assert'
import { watchRejections } from '../bodies/left-over.ts'
import { turn } from '../within.ts'

/** How many turns handles have for closing: some do so a turn or two after their owner was told. */
const turns = 50

/** Runs a test after which nothing must be left: no handle, no timer, no error that nobody caught. */
export const leavingNoHandles = async (run: () => Promise<void>): Promise<void> => {
  await turn(2)
  const before = resources()
  const rejections = watchRejections()
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  try {
    await run()
  } finally {
    rejections.stop()
    process.off('uncaughtException', note)
  }
  for (let i = 0; i < turns && resources().length > before.length; i++) await turn()
  assert.equal(resources(), before, 'something is left that keeps the process alive')
  assert.equal(rejections.reasons, [])
  assert.equal(uncaught, [])
}

// Each opens a handle at its first use; that is to be before the first count.
void [process.stdout, process.stderr]

/** What keeps the process alive; `Immediate` is the turn that the test itself takes. */
const resources = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Immediate')
    .sort()
