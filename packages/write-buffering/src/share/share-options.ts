import { checkChoice, checkCount } from '@sluice/body/engine'

/** What happens to a reader that is more than `maxBytes` behind; see `ShareOptions`. */
export type SharePolicy = 'wait' | 'drop-oldest' | 'disconnect'

export interface ShareOptions {
  /** Bytes that the slowest reader may be behind, 1 or more; 64 KiB by default. A frame that is not data counts as one. */
  readonly maxBytes?: number
  /**
   * What happens to a reader that is further behind.
   *
   * - `wait`, the default: the source and all readers wait for it. No frame is lost.
   * - `drop-oldest`: it loses the oldest frames that it has not taken, always whole frames.
   * - `disconnect`: its body fails with `READER_SLOW`.
   */
  readonly policy?: SharePolicy
  /** Bytes of whole frames that a late reader gets again; at most `maxBytes`, 0 by default. */
  readonly replayBytes?: number
}

export interface ShareLimits {
  readonly maxBytes: number
  readonly policy: SharePolicy
  readonly replayBytes: number
}

/** As in `writer`. */
const defaultMaxBytes = 65_536

const policies: readonly SharePolicy[] = ['wait', 'drop-oldest', 'disconnect']

/**
 * Checks the options of `share`.
 *
 * @throws {RangeError} At the call, when a number is not a whole number in its range, or the policy is not known.
 */
export const shareLimits = ({
  maxBytes = defaultMaxBytes,
  policy = 'wait',
  replayBytes = 0,
}: ShareOptions): ShareLimits => {
  checkChoice('policy', policy, policies)
  checkCount('maxBytes', maxBytes, 1)
  checkCount('replayBytes', replayBytes, 0)
  // Else a late reader would be too far behind before it has read a byte.
  if (replayBytes > maxBytes)
    throw new RangeError(`Cannot use replayBytes: found ${replayBytes}, wanted at most ${maxBytes}`)
  return { maxBytes, policy, replayBytes }
}
