import { threadId } from 'node:worker_threads'
import { foundIn, isAsyncFunction, propertyOf, statedTraits } from '@sluice/body/engine'
import { cell } from '../channel/channel.ts'
import { blockingError } from '../errors.ts'
import { beSynchronous, wouldWait } from './would-wait.ts'
import type { FunctionOnThread } from '../task.ts'

type AnyFunction = (...args: readonly unknown[]) => unknown

/**
 * Imports the module of a task, and returns the function that it exports. While it is imported, the cell `thread` says so: that is no
 * running time of the function.
 *
 * @throws {HttpError} `WORKER_MODULE_INVALID` if the module cannot be imported, if it exports no such function, or if that states
 *   `mode: 'process'`; `WOULD_WAIT` if it is an async function. It has not been called then.
 */
export const functionOf = async (task: FunctionOnThread): Promise<AnyFunction> => {
  const { module, exportName } = task
  const found = propertyOf(await imported(task), exportName)
  if (!isFunction(found)) throw invalid(task, `found ${foundIn(found)}`, 'wanted a function')
  if (isAsyncFunction(found))
    throw wouldWait(`the async function ${exportName} in ${module}`, beSynchronous)
  if (statedTraits(found)?.mode === 'process')
    throw invalid(
      task,
      "found a function that states mode: 'process'",
      'threads share a process: make it a CGI program, or give it a child process of its own',
    )
  return found
}

const imported = async ({ module, memory }: FunctionOnThread): Promise<unknown> => {
  const cells = new Int32Array(memory)
  const started = performance.now()
  Atomics.store(cells, cell.thread, -threadId)
  try {
    return await import(module)
  } catch (cause) {
    throw blockingError('WORKER_MODULE_INVALID', `Cannot import ${module}`, { cause })
  } finally {
    Atomics.store(cells, cell.importMs, performance.now() - started)
    Atomics.store(cells, cell.thread, threadId)
  }
}

const invalid = ({ module, exportName }: FunctionOnThread, found: string, advice: string) =>
  blockingError(
    'WORKER_MODULE_INVALID',
    `Cannot use the export ${exportName} of ${module}: ${found}, ${advice}`,
  )

const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function'
