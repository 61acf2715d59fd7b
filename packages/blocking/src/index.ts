export { type BlockingHandler, type BlockingOptions, blocking } from './blocking.ts'
export { type InWorkerOptions, inWorker, type WorkerFilter } from './in-worker.ts'
export { type LagWarningOptions, lagWarning } from './lag-warning.ts'
export { type RunOptions, run } from './run.ts'
export { type CloseWorkersOptions, type WorkerPool, workerPool } from './worker-pool.ts'
export type { CallbacksFollowed, LagPlace, LoopLag } from './lag/watched-request.ts'
export type { WorkerPoolOptions } from './pool-options.ts'
export type {
  BlockingClient,
  BlockingContent,
  BlockingFilter,
  BlockingFunction,
  BlockingGiven,
  BlockingHead,
  BlockingInput,
  BlockingPiece,
  BlockingRelease,
  BlockingRequest,
  BlockingResponse,
  BlockingSteps,
  BlockingWriter,
} from './types.ts'
