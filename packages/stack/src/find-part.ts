import { nameOfPart, partsOf, statedTraits } from '@sluice/body/engine'
import type { Part, Traits } from '@sluice/body/engine'

export interface FoundPart {
  /** With its place, such as `middleware 2 (importRows) of the handler`. */
  readonly name: string
  readonly stated: Partial<Traits>
}

type IsWanted = (stated: Partial<Traits>) => boolean

/**
 * The innermost part that states something: of a stack the middleware, of that the filter.
 *
 * A whole is found itself if it states this and no part of it does. It is believed if it states better than its parts, by `withTraits`.
 *
 * @param root Named only if no part of it is found.
 */
export const findPart = (root: Part, isWanted: IsWanted): FoundPart | undefined => {
  const stated = statedTraits(root.part)
  if (stated === undefined || !isWanted(stated)) return undefined
  return findAmong(partsOf(root.part), isWanted) ?? { name: nameOfPart(root), stated }
}

/** The first of these parts, or of their parts, that states something. */
export const findAmong = (parts: readonly Part[], isWanted: IsWanted): FoundPart | undefined => {
  for (const part of parts) {
    const stated = statedTraits(part.part)
    if (stated === undefined || !isWanted(stated)) continue
    const inner = findAmong(partsOf(part.part), isWanted)
    if (inner === undefined) return { name: nameOfPart(part), stated }
    return { ...inner, name: `${inner.name} of ${nameOfPart(part)}` }
  }
  return undefined
}
