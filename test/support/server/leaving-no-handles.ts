import * as assert from 'uvu/assert'
import { watchRejections } from '../bodies/left-over.ts'
import { turn } from '../within.ts'

/** How many turns handles have for closing: some do so a turn or two after their owner was told. */
const turns = 50

/** How many times 10 ms more: another thread may have a part in the closing. */
const waits = 500

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
  for (let i = 0; i < turns && leftBeside(before).length > 0; i++) await turn()
  for (let i = 0; i < waits && leftBeside(before).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(leftBeside(before), [], 'something is left that keeps the process alive')
  assert.equal(rejections.reasons, [])
  assert.equal(uncaught, [])
}

// Each opens a handle at its first use; that is to be before the first count.
void [process.stdout, process.stderr]

/** What keeps the process alive now and did not before. */
const leftBeside = (before: readonly string[]): readonly string[] => {
  const rest = [...before]
  return resources().filter((kind) => {
    const at = rest.indexOf(kind)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** What keeps the process alive; `Immediate` is the turn that the test itself takes. */
const resources = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Immediate')
    .sort()
