import { MessageChannel } from 'node:worker_threads'
import { errorRecord } from '../channel/error-record.ts'
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

/** Serializes what is posted, and then drops it. */
let nowhere: MessageChannel['port1'] | undefined

/** Checked here: a result that fails on its way back would end the thread. */
const checkCloneable = (value: unknown): void => {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return
  nowhere ??= closedPort()
  try {
    nowhere.postMessage(value)
  } catch (cause) {
    if (!isCloneError(cause)) throw cause
    throw notCloneable('return the result', cause)
  }
}

const closedPort = (): MessageChannel['port1'] => {
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}
