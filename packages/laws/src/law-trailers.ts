import { isTrailers } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { countKind, noneMadeOfError } from './count-kind.ts'
import { endedWell } from './ended-well.ts'
import { observe } from './observe.ts'
import { trailerForms } from './script.ts'
import { emptyInputs, lastInputs, openInputs, plainScript } from './scripts.ts'
import type { AnyFrame } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'

export const trailers: Law = {
  number: 4,
  title: 'trailers',
  says: 'trailers come at most once, and last, with the fields that they had',
  kinds: { marks: [], trailers: true },
  async check(under, script) {
    const seen = await observe(under, script)
    if (!endedWell(under, seen)) return
    const found = seen.left.filter(({ kind }) => kind === 'trailers').length
    if (found > 1) throw new BrokenLaw(`trailers left ${found} times`, seen)
    if (found === 1 && seen.left.at(-1)?.kind !== 'trailers')
      throw new BrokenLaw('something left after the trailers', seen)
    // Codings do not show whether there were trailers without fields, so these may be lost.
    if (found > 0 || linesOf(seen.given.at(-1)).length > 0) countKind(under, seen, 'trailers')
    sameFields(under, seen)
  },
  async atLast(under) {
    if (under.refuses.has('trailers')) return
    const [some = new Uint8Array()] = lastInputs(under)
    const failure = { error: new Error('the source broke') }
    noneMadeOfError(under, await observe(under, { ...plainScript(some), failure }), 'trailers')
    for (const bytes of openInputs(under))
      await trailers.check(under, { ...plainScript(bytes), trailers: true })
    for (const bytes of [...emptyInputs(under), ...lastInputs(under)])
      for (let fields = 0; fields < trailerForms; fields++)
        await trailers.check(under, { ...plainScript(bytes), trailers: true, fields })
  },
}

/** All lines must leave, in order. A filter that adds trailers may put other lines between them. */
const sameFields = (under: FilterUnderTest, seen: Observation): void => {
  if (under.drops.has('trailers')) return
  const given = linesOf(seen.given.at(-1))
  const left = linesOf(seen.left.at(-1)?.frame)
  let at = 0
  const isThere = (line: string) => {
    const index = left.indexOf(line, at)
    at = index + 1
    return index >= 0
  }
  const isSame = under.adds.has('trailers') ? given.every(isThere) : given.join() === left.join()
  if (isSame) return
  throw new BrokenLaw(
    `trailers left with ${left.join(', ') || 'no fields'}, and came with ${given.join(', ') || 'none'}`,
    seen,
  )
}

const linesOf = (frame: AnyFrame | undefined): readonly string[] =>
  frame !== undefined && isTrailers(frame)
    ? [...frame.fields].map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    : []
