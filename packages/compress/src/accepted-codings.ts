/** What a client takes: a weight for each coding, from 0, not at all, to 1. */
export interface AcceptedCodings {
  weightOf(coding: string): number
  /** Whether content without any coding is refused. */
  readonly refusesIdentity: boolean
}

/** RFC 9110 12.4.2. */
const weight = /^[\t ]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i

/** RFC 9110 8.4.1: names to be taken for others. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['x-gzip', 'gzip'],
  ['x-compress', 'compress'],
])

/** A coding's name as it is compared. */
export const codingName = (text: string): string => {
  const name = text.trim().toLowerCase()
  return aliases.get(name) ?? name
}

/**
 * Reads an Accept-Encoding field (RFC 9110 section 12.5.3).
 *
 * A client that sends none is taken to want no coding, as servers do. A member that is malformed is passed over. Identity
 * counts as acceptable with the weight 0 where nothing names it, so that any coding comes before it.
 */
export const acceptedCodings = (field: string | undefined): AcceptedCodings => {
  const weights = new Map<string, number>()
  for (const member of field?.split(',') ?? []) {
    // A list may have thousands of empty members.
    if (member === '') continue
    const [name = '', parameter, ...others] = member.split(';')
    const found = parameter === undefined ? '1' : weight.exec(parameter.trimEnd())?.[1]
    if (found !== undefined && others.length === 0) weights.set(codingName(name), Number(found))
  }
  const others = weights.get('*')
  return {
    weightOf: (coding) => weights.get(coding) ?? others ?? 0,
    refusesIdentity: (weights.get('identity') ?? others) === 0,
  }
}

/** The one of `codings` that a client takes most gladly, the first of equals; `undefined` where it is to be none. */
export const chooseCoding = <C extends string>(
  { weightOf }: AcceptedCodings,
  codings: readonly C[],
): C | undefined => {
  let best: C | undefined
  let bestWeight = 0
  for (const coding of codings) {
    const found = weightOf(coding)
    if (found <= bestWeight) continue
    best = coding
    bestWeight = found
  }
  return bestWeight >= weightOf('identity') ? best : undefined
}
