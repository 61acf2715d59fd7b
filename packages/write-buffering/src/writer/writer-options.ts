import { checkChoice, checkCount } from '@sluice/body/engine'

/** What happens to a write that did not wait for room and exceeds the bound; see `WriterOptions`. */
export type WritePolicy = 'refuse' | 'drop' | 'wait'

export interface WriterOptions {
  /** `write` asks its caller to wait from this many waiting bytes on; 64 KiB by default. */
  readonly highWaterBytes?: number
  /**
   * What happens to a write that did not wait for room, and would bring the waiting bytes over twice `highWaterBytes`.
   *
   * - `refuse`, the default: it rejects with `WRITE_EXCESS`. The body fails with that too, after what was written before,
   *   since bytes of it are missing.
   * - `drop`: it rejects with `WRITE_EXCESS`, and the body goes on without it. For pieces that stand alone.
   * - `wait`: it is taken. For several producers that each wait for their own writes. If they do not, there is no bound.
   */
  readonly policy?: WritePolicy
}

export interface WriterLimits {
  readonly highWaterBytes: number
  readonly policy: WritePolicy
}

/** As the streams of Node 22 and later. */
const defaultHighWaterBytes = 65_536

const policies: readonly WritePolicy[] = ['refuse', 'drop', 'wait']

/**
 * Checks the options of `writer` and `writing`.
 *
 * @throws {RangeError} At the call, when `highWaterBytes` is not a whole number of 1 or more, or the policy is not known.
 */
export const writerLimits = ({
  highWaterBytes = defaultHighWaterBytes,
  policy = 'refuse',
}: WriterOptions): WriterLimits => {
  checkChoice('policy', policy, policies)
  return { highWaterBytes: checkCount('highWaterBytes', highWaterBytes, 1), policy }
}
