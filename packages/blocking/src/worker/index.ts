import { parentPort, threadId } from 'node:worker_threads'
import { nextTurn } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'
import { markThread } from '../on-thread.ts'
import { call } from './call.ts'
import { LoopLink } from './loop-link.ts'
import { respond } from './respond.ts'
import { serveFilters } from './serve-filters.ts'
import { wouldWait } from './would-wait.ts'
import type { Task, TaskResult } from '../task.ts'

markThread()

/** Milliseconds for which tasks may follow each other without a turn of the thread's own event loop, which costs each some time. */
const turnMs = 10

/** When the next turn is due. */
let turnDueAt = 0

/** What a worker thread runs: one task after another. */
export const runTask = async (task: Task): Promise<TaskResult> => {
  keepPort()
  // The result of a call leaves at its end, so the turn is before it. The response of a request has left by itself.
  if (task.kind === 'call') await takeTurn()
  // Tells the loop which thread has begun the task.
  Atomics.store(new Int32Array(task.memory), cell.thread, threadId)
  const result = await resultOf(task)
  if (task.kind !== 'call') await takeTurn()
  return { result }
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
 * Lets the thread's event loop turn, if that is due: otherwise tinypool blocks it from one task to the next, and no timer and no finalizer
 * would ever run.
 *
 * If a function has left an error that nobody catches, the thread ends here, between two requests.
 */
const takeTurn = async (): Promise<void> => {
  if (performance.now() < turnDueAt) return
  await nextTurn()
  turnDueAt = performance.now() + turnMs
}

/** Tinypool takes what is posted by `parentPort` for a message of its own, and some for an error that ends the process. */
const keepPort = (): void => {
  if (parentPort === null || Object.hasOwn(parentPort, 'postMessage')) return
  Object.defineProperty(parentPort, 'postMessage', {
    value: () => {
      throw wouldWait('parentPort.postMessage()', 'return what there is to say, or write it')
    },
  })
}
