export {
  joinTraits,
  passingTraits,
  type Traits,
  traits,
  unknownTraits,
  withTraits,
} from '@sluice/body/engine'
export { chain } from './chain.ts'
export { dropFlush } from './drop-flush.ts'
export { dropTrailers } from './drop-trailers.ts'
export { type Filter, type FilterOptions, type FrameFilter, filter, frameFilter } from './filter.ts'
export { type LimitOptions, limitBytes } from './limit-bytes.ts'
export { mapBytes } from './map-bytes.ts'
export { mapText } from './map-text.ts'
export { type BodyFilter, pipe } from './pipe.ts'
export { type TapListener, tap } from './tap.ts'
export { through } from './through.ts'
export type { Answer, ByteSteps, FrameSteps, Given, ReleaseReason } from './steps.ts'
export type { NodeDuplex, TransformLike, WebTransform } from './through/transform.ts'
