import { isPromiseLike, uncheckedFields } from '@sluice/body/engine'
import { functionOf } from './function-of.ts'
import { RingInput } from './ring-input.ts'
import { RingOutput } from './ring-output.ts'
import { sendResult } from './send-result.ts'
import { wouldWait } from './would-wait.ts'
import type { RequestHead, Task } from '../task.ts'
import type { BlockingRequest } from '../types.ts'
import type { LoopLink } from './loop-link.ts'

/** Runs a blocking function for a request, and sends what it returns, or its error. */
export const respond = async (task: Task, head: RequestHead, link: LoopLink): Promise<void> => {
  const output = new RingOutput(link)
  try {
    const run = await functionOf(task.module, task.exportName)
    const result = run(requestOf(head, link, output), task.given)
    if (isPromiseLike(result)) throw promised(result)
    sendResult(result, output)
  } catch (error) {
    // A client that has left hears nothing more.
    if (!link.hasLeft) output.fail(error)
  }
}

const requestOf = (head: RequestHead, link: LoopLink, output: RingOutput): BlockingRequest => ({
  method: head.method,
  target: head.target,
  version: head.version,
  headers: uncheckedFields(head.headers),
  input: new RingInput(link),
  client: {
    address: head.address,
    port: head.port,
    get isGone() {
      return link.hasLeft
    },
  },
  respond: (init = {}) => {
    output.begin(init)
    return output
  },
})

export const promised = (result: PromiseLike<unknown>): unknown => {
  // Its rejection would end the thread.
  result.then(undefined, () => {})
  return wouldWait('a promise', 'the function must be synchronous: it runs where it may block')
}
