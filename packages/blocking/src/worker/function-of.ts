import { foundIn, propertyOf } from '@sluice/body/engine'
import { blockingError } from '../errors.ts'

/**
 * Imports a module, and returns the function that it exports under a name.
 *
 * @throws {HttpError} `WORKER_MODULE_INVALID` if it cannot be imported, or exports no such function.
 */
export const functionOf = async (
  module: string,
  exportName: string,
): Promise<(...args: readonly unknown[]) => unknown> => {
  const found = propertyOf(await imported(module), exportName)
  if (isFunction(found)) return found
  throw blockingError(
    'WORKER_MODULE_INVALID',
    `Cannot use ${module}: found ${foundIn(found)} as its export ${exportName}, wanted a function`,
  )
}

const imported = async (module: string): Promise<unknown> => {
  try {
    return await import(module)
  } catch (cause) {
    throw blockingError('WORKER_MODULE_INVALID', `Cannot import ${module}`, { cause })
  }
}

const isFunction = (value: unknown): value is (...args: readonly unknown[]) => unknown =>
  typeof value === 'function'
