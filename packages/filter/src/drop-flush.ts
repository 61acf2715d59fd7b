import { isFlush } from '@sluice/body'
import { passingTraits } from '@sluice/body/engine'
import { lose } from './engine/lose-item.ts'
import { frameFilter } from './filter.ts'
import type { Flush } from '@sluice/body'
import type { FrameFilter } from './filter.ts'

/**
 * Drops every flush; its receipt is told `FLUSH_LOST`.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { dropFlush } from '@sluice/filter'
 *
 * for await (const frame of dropFlush(toBody([{ kind: 'flush' }]))) throw new Error(frame.kind)
 * ```
 */
export const dropFlush: FrameFilter<Flush> = frameFilter<Flush>(
  'dropFlush',
  () => ({
    frame(frame) {
      if (!isFlush(frame)) return frame
      return lose(frame, 'it was dropped by dropFlush')
    },
  }),
  { traits: { ...passingTraits, flush: 'lost' } },
)
