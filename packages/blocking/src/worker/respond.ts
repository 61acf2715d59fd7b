import { uncheckedFields } from '@sluice/body/engine'
import { errorRecord } from '../channel/error-record.ts'
import { functionOf } from './function-of.ts'
import { RingInput } from './ring-input.ts'
import { RingOutput } from './ring-output.ts'
import { sendResult } from './send-result.ts'
import type { RequestHead, RespondTask } from '../task.ts'
import type { BlockingRequest } from '../types.ts'
import type { LoopLink } from './loop-link.ts'

/**
 * Runs a blocking function for a request, and sends what it returns.
 *
 * @returns Its error as a record, if it fails. It does not take its place in the output, which may be full: then the thread would have to
 *   wait for a client that is perhaps the reason of the error.
 */
export const respond = async (
  task: RespondTask,
  link: LoopLink,
): Promise<Uint8Array | undefined> => {
  const output = new RingOutput(link)
  try {
    const run = await functionOf(task)
    // As one that leaves while its request is queued.
    if (link.hasLeft) return undefined
    const result = run(requestOf(task.request, link, output), task.given)
    sendResult(result, output)
    return undefined
  } catch (error) {
    // A client that has left hears nothing more.
    if (link.isEnding(error) || (link.hasLeft && !output.isFinished)) return undefined
    return errorRecord(error)
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
