import { withoutBlanks } from '@sluice/body/engine'

/** What a client accepts. */
export interface AcceptedCodings {
  /** How much a client prefers a coding: from 0, not accepted, to 1. */
  weightOf(coding: string): number
  /** Whether content without any coding is refused. */
  readonly refusesIdentity: boolean
}

/** What is sent to a client: content in a coding, content without one, or neither, if it accepts neither. */
export type Negotiated<C> =
  | { readonly kind: 'coded'; readonly coder: C }
  | { readonly kind: 'identity' }
  | { readonly kind: 'refused' }

const identity = { kind: 'identity' } as const
const refused = { kind: 'refused' } as const

/** RFC 9110 12.4.2. */
const weight = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i

/** RFC 9110 8.4.1: old names of codings. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['x-gzip', 'gzip'],
  ['x-compress', 'compress'],
])

/** The name of a coding in lower case, without blanks and aliases. */
export const codingName = (text: string): string => {
  const name = withoutBlanks(text).toLowerCase()
  return aliases.get(name) ?? name
}

/** Browsers send few different fields. Longer ones, and others than the first, are parsed again each time. */
const maxKnown = 64
const maxKnownLength = 128
const known = new Map<string, AcceptedCodings>()

/**
 * What an Accept-Encoding field says (RFC 9110 section 12.5.3).
 *
 * A client that sends none gets no coding, as from other servers. Malformed members are ignored. Content without a coding has the
 * weight 0 if nothing names it: it is accepted, and any coding is preferred to it.
 */
export const acceptedCodings = (field = ''): AcceptedCodings => {
  const before = known.get(field)
  if (before !== undefined) return before
  const parsed = parse(field)
  if (known.size < maxKnown && field.length <= maxKnownLength) known.set(field, parsed)
  return parsed
}

const parse = (field: string): AcceptedCodings => {
  const weights = new Map<string, number>()
  for (const member of field.split(',')) {
    // A list may have thousands of empty members.
    if (member === '') continue
    const [name = '', parameter, ...others] = member.split(';')
    const found = parameter === undefined ? '1' : weight.exec(withoutBlanks(parameter))?.[1]
    if (found !== undefined && others.length === 0) weights.set(codingName(name), Number(found))
  }
  const others = weights.get('*')
  return {
    weightOf: (coding) => weights.get(coding) ?? others ?? 0,
    refusesIdentity: (weights.get('identity') ?? others) === 0,
  }
}

/** Picks the coding with the highest weight, the first of equals, unless content without a coding has a higher one. */
export const negotiate = <C extends { readonly coding: string }>(
  { weightOf, refusesIdentity }: AcceptedCodings,
  coders: readonly C[],
): Negotiated<C> => {
  let best: C | undefined
  let bestWeight = 0
  for (const coder of coders) {
    const found = weightOf(coder.coding)
    if (found <= bestWeight) continue
    best = coder
    bestWeight = found
  }
  if (best !== undefined && bestWeight >= weightOf('identity'))
    return { kind: 'coded', coder: best }
  return refusesIdentity ? refused : identity
}
