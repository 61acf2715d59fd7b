import { passingTraits } from '@sluice/body/engine'
import type { Traits } from '@sluice/body/engine'

/** Of compressors and decompressors: they hold a block or two, and a flush lets all of it out. */
export const codingTraits: Traits = { ...passingTraits, bytes: 'changed', holds: 'bounded' }
