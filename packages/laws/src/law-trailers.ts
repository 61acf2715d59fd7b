import { Broken } from './broken.ts'
import { countKind } from './count-kind.ts'
import { endedWell } from './ended.ts'
import { observe } from './observe.ts'
import type { Law } from './law.ts'

export const trailers: Law = {
  number: 4,
  title: 'trailers',
  says: 'trailers come at most once, and last',
  kinds: { marks: [], trailers: true },
  async check(under, script) {
    const seen = await observe(under, script)
    if (!endedWell(under, seen)) return
    const found = seen.left.filter(({ kind }) => kind === 'trailers').length
    if (found > 1) throw new Broken(`trailers left ${found} times`, seen)
    if (found === 1 && seen.left.at(-1)?.kind !== 'trailers')
      throw new Broken('something left after the trailers', seen)
    countKind(under, seen, 'trailers')
  },
}
