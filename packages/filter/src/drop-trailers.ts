import { isTrailers } from '@sluice/body'
import { passingTraits } from '@sluice/body/engine'
import { frameFilter } from './filter.ts'
import type { Trailers } from '@sluice/body'
import type { FrameFilter } from './filter.ts'

/**
 * Drops the trailers.
 *
 * @example
 * ```ts
 * import { noFields, toBody } from '@sluice/body'
 * import { dropTrailers } from '@sluice/filter'
 *
 * const body = toBody([{ kind: 'trailers', fields: noFields }])
 * for await (const frame of dropTrailers(body)) throw new Error(frame.kind)
 * ```
 */
export const dropTrailers: FrameFilter<Trailers> = frameFilter<Trailers>(
  'dropTrailers',
  () => ({ frame: (frame) => (isTrailers(frame) ? undefined : frame) }),
  { traits: passingTraits },
)
