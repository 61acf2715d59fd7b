import { errorRecord } from '../channel/error-record.ts'
import { cloneFailure } from '../clone-failure.ts'
import { isCloneError, notCloneable } from '../errors.ts'
import { functionOf } from './function-of.ts'
import { refuseLater } from './would-wait.ts'
import type { CallResult, CallTask } from '../task.ts'

/** Runs one call. An error is part of the result: as a rejection it would lose its code and its status on the way. */
export const call = async (task: CallTask): Promise<CallResult> => {
  try {
    const run = await functionOf(task)
    const value = run(task.given)
    refuseLater(value)
    checkCloneable(value)
    return { value }
  } catch (error) {
    return { error: errorRecord(error) }
  }
}

/** Checked here: a result that fails on its way back would end the thread. */
const checkCloneable = (value: unknown): void => {
  const failure = cloneFailure(value)
  if (failure === undefined) return
  if (!isCloneError(failure.cause)) throw failure.cause
  throw notCloneable('return the result', failure.cause)
}
