import { isByteArray, isObject, isPromiseLike } from '@sluice/body/engine'

/** What JSON silently makes `{}` of, or numbered fields. */
const lostInJson: ReadonlySet<string> = new Set([
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Error',
  'DOMException',
  'RegExp',
  'Blob',
  'File',
])

/**
 * Refuses values that JSON has a text for which does not hold what they hold. One with `toJSON` says itself what it is.
 *
 * @throws {TypeError} The message names the type.
 */
export const checkValue = (value: unknown, act: 'append' | 'resume with' = 'append'): void => {
  if (!isObject(value) || Array.isArray(value)) return
  if ('toJSON' in value && typeof value.toJSON === 'function' && !isByteArray(value)) return
  if (isPromiseLike(value))
    throw new TypeError(`Cannot ${act} the value: found a promise, wanted its value: await it`)
  const type = Object.prototype.toString.call(value).slice(8, -1)
  if (ArrayBuffer.isView(value) ? type !== 'Uint8Array' : lostInJson.has(type))
    throw new TypeError(
      `Cannot ${act} the value: found ${type}, wanted a Uint8Array, or what JSON has a text for`,
    )
}
