import { isObject } from '@sluice/body/engine'
import { checkValue } from '../topic/check-value.ts'

/** The process that waits, by the value of a register; `undefined` if nobody does. */
export const waitingProcess = (value: string | undefined): string | undefined =>
  value?.startsWith('w:') ? value.slice(2, value.lastIndexOf('/')) : undefined

/**
 * The value of a register that was resumed.
 *
 * @throws {TypeError} When JSON has no text for it. `undefined` is none, and serves.
 */
export const valueText = (value: unknown): string => {
  checkValue(value, 'resume with')
  try {
    const text: string | undefined = JSON.stringify({ value })
    if (value === undefined || 'value' in JSON.parse(text)) return `v:${text}`
  } catch (cause) {
    throw new TypeError('Cannot resume the pause: JSON has no text for the value', { cause })
  }
  throw new TypeError(`Cannot resume the pause: JSON has no text for a ${typeof value}`)
}

/** What was resumed with, by the value of a register; `undefined` if it was not resumed. */
export const resumedValue = (text: string): { readonly value: unknown } | undefined => {
  if (!text.startsWith('v:')) return undefined
  const parsed = parse(text.slice(2))
  return { value: isObject(parsed) && 'value' in parsed ? parsed.value : undefined }
}

/** Another program may have written it: then there is no value. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
