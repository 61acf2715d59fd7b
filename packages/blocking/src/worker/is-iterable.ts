import { isObject } from '@sluice/body/engine'

/** Whether a value can be iterated without a wait. A text is no object. */
export const isIterable = (value: unknown): value is Iterable<unknown> =>
  isObject(value) && Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
