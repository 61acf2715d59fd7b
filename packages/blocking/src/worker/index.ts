import { threadId } from 'node:worker_threads'
import { nextTurn } from '@sluice/body/engine'
import { LoopLink } from './loop-link.ts'
import { respond } from './respond.ts'
import type { Task } from '../task.ts'

/** Milliseconds for which tasks may follow each other without a turn of the thread's own event loop, which costs each some time. */
const turnMs = 10

let lastTurn = Number.NEGATIVE_INFINITY

/** What a worker thread runs: one task after another. */
export const runTask = async (task: Task): Promise<unknown> => {
  const link = new LoopLink(task.memory, task.idleTimeoutMs)
  link.begin(threadId)
  if (task.request === undefined) return undefined
  const result = await respond(task, task.request, link)
  link.close()
  if (performance.now() - lastTurn >= turnMs) await takeTurn()
  return result
}

/**
 * Lets the thread's event loop turn: otherwise tinypool blocks it from one task to the next, and no timer and no finalizer would ever run.
 *
 * If a function has left an error that nobody catches, the thread ends here, between two requests.
 */
const takeTurn = async (): Promise<void> => {
  await nextTurn()
  lastTurn = performance.now()
}
