import { isObject } from '../kinds.ts'

/** A part of a whole that was made of several, such as a middleware of a stack. */
export interface Part {
  /** Where it stands, such as `middleware 2`, `the handler` or `filter 1`. */
  readonly place: string
  /** The function itself: it has a name, and may carry traits and parts of its own. */
  readonly part: unknown
}

/** Where a whole remembers its parts, the outermost first; the same symbol in every copy of this package. */
export const partsKey: unique symbol = Symbol.for('sluice.parts')

export const attachParts = <P extends object>(whole: P, parts: readonly Part[]): P =>
  parts.length === 0 ? whole : Object.assign(whole, { [partsKey]: parts })

/** The parts that a whole remembers; none if it is not made of parts. */
export const partsOf = (whole: unknown): readonly Part[] => {
  if (typeof whole !== 'function' || !(partsKey in whole)) return []
  const parts: unknown = whole[partsKey]
  return Array.isArray(parts) ? parts.filter(isPart) : []
}

const isPart = (part: unknown): part is Part =>
  isObject(part) && typeof Reflect.get(part, 'place') === 'string' && 'part' in part

/** Names a part in a message: `middleware 2 (importRows)`, or only its place if the function has no name. */
export const nameOfPart = ({ place, part }: Part): string => {
  const name = typeof part === 'function' ? part.name.replace(/^(bound )+/, '') : ''
  return name === '' ? place : `${place} (${name})`
}
