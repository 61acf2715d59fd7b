import { threadId } from 'node:worker_threads'
import { nextTurn } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'
import { markThread } from '../on-thread.ts'
import { call } from './call.ts'
import { LoopLink } from './loop-link.ts'
import { respond } from './respond.ts'
import { serveFilters } from './serve-filters.ts'
import type { Task } from '../task.ts'

markThread()

/** Milliseconds for which tasks may follow each other without a turn of the thread's own event loop, which costs each some time. */
const turnMs = 10

/** When the next turn is due. */
let turnDueAt = 0

/** What a worker thread runs: one task after another. */
export const runTask = async (task: Task): Promise<unknown> => {
  // Tells the loop which thread has taken the task.
  Atomics.store(new Int32Array(task.memory), cell.thread, threadId)
  const result = await resultOf(task)
  if (performance.now() >= turnDueAt) await takeTurn()
  return result
}

const resultOf = async (task: Task): Promise<unknown> => {
  switch (task.kind) {
    case 'respond': {
      const link = new LoopLink(task.memory, task.idleTimeoutMs)
      const result = await respond(task, link)
      link.close()
      return result
    }
    case 'call':
      return call(task)
    case 'filters':
      return serveFilters(task)
  }
}

/**
 * Lets the thread's event loop turn: otherwise tinypool blocks it from one task to the next, and no timer and no finalizer would ever run.
 *
 * If a function has left an error that nobody catches, the thread ends here, between two requests.
 */
const takeTurn = async (): Promise<void> => {
  await nextTurn()
  turnDueAt = performance.now() + turnMs
}
