import { threadId } from 'node:worker_threads'
import { LoopLink } from './loop-link.ts'
import { respond } from './respond.ts'
import type { Task } from '../task.ts'

/** What a worker thread runs: one task after another. */
export const runTask = async (task: Task): Promise<unknown> => {
  const link = new LoopLink(task.memory, task.idleTimeoutMs)
  link.begin(threadId)
  if (task.request !== undefined) return respond(task, task.request, link)
  return undefined
}
