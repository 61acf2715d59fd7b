import { propertyOf } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import type { BodyError } from '@sluice/body'

export const engineTimedOut = (name: string, timeoutMs: number): BodyError =>
  hubError(
    'ENGINE_TIMEOUT',
    `Cannot use the engine ${name}: it did not answer within ${timeoutMs} ms`,
  )

/** An error of an engine with a code. One that has a code of the hub stays. */
export const engineFailed = (name: string, cause: unknown): unknown => {
  const code = propertyOf(cause, 'code')
  if (code === 'ENGINE_TIMEOUT' || code === 'ENGINE_FAILED') return cause
  return hubError('ENGINE_FAILED', `Cannot use the engine ${name}: ${messageOf(cause)}`, { cause })
}

const messageOf = (error: unknown): string => {
  const message = propertyOf(error, 'message')
  return typeof message === 'string' && message !== '' ? message : textOf(error)
}

/** Some values cannot become text. */
const textOf = (error: unknown): string => {
  try {
    return String(error)
  } catch {
    return typeof error
  }
}
