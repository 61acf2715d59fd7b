export { type BlockingHandler, type BlockingOptions, blocking } from './blocking.ts'
export { type LagWarningOptions, lagWarning } from './lag-warning.ts'
export { type CloseWorkersOptions, type WorkerPool, workerPool } from './worker-pool.ts'
export type { CallbacksFollowed, LagPlace, LoopLag } from './lag/watched-request.ts'
export type { WorkerPoolOptions } from './pool-options.ts'
export type {
  BlockingClient,
  BlockingContent,
  BlockingFunction,
  BlockingHead,
  BlockingInput,
  BlockingPiece,
  BlockingRequest,
  BlockingResponse,
  BlockingWriter,
} from './types.ts'
