import { MessageChannel } from 'node:worker_threads'
import { isObject } from '@sluice/body/engine'

/** A closed port: it clones what is posted, and then drops it. */
let nowhere: MessageChannel['port1'] | undefined

/** Why a value cannot be cloned: the error of the clone, or what a getter of the value throws. `undefined` if it can. */
export const cloneFailure = (value: unknown): { readonly cause: unknown } | undefined => {
  if (!isObject(value) && typeof value !== 'function' && typeof value !== 'symbol') return undefined
  nowhere ??= closedPort()
  try {
    nowhere.postMessage(value)
    return undefined
  } catch (cause) {
    return { cause }
  }
}

const closedPort = (): MessageChannel['port1'] => {
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}
