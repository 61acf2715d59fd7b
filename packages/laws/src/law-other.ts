import { countKind } from './count-kind.ts'
import { endedWell } from './ended.ts'
import { letsGo } from './lets-go.ts'
import { observe } from './observe.ts'
import type { Law } from './law.ts'

export const other: Law = {
  number: 5,
  title: 'unknown kinds',
  says: 'frames of kinds that the filter does not know pass, in order',
  kinds: { marks: ['other'] },
  async check(under, script) {
    const seen = await observe(under, script)
    if (!endedWell(under, seen)) return
    countKind(under, seen, 'other')
    await letsGo(under, script, 'other')
  },
}
