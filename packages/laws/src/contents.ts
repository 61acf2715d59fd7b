import type { AnyFrame } from '@sluice/body'

interface Value {
  readonly value: unknown
  /** The content of bytes, a list or a plain object. */
  readonly text: string | undefined
}

/** The properties of a frame, own and inherited, by name. */
export type Contents = ReadonlyMap<PropertyKey, Value>

export const contentsOf = (frame: AnyFrame): Contents => {
  const found = new Map<PropertyKey, Value>()
  let holder: object | null = frame
  while (holder !== null && holder !== Object.prototype) {
    for (const key of Reflect.ownKeys(holder)) {
      if (found.has(key) || key === 'constructor') continue
      const value: unknown = Reflect.get(holder, key, frame)
      found.set(key, { value, text: textOf(value) })
    }
    holder = Reflect.getPrototypeOf(holder)
  }
  return found
}

/** Whether each property still has its value: the same object, and unchanged. */
export const sameContents = (now: Contents, then: Contents): boolean => {
  if (now.size !== then.size) return false
  for (const [key, { value, text }] of then) {
    const found = now.get(key)
    if (found === undefined || !Object.is(found.value, value) || found.text !== text) return false
  }
  return true
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && !('then' in value)
    ? JSON.stringify(value)
    : undefined
