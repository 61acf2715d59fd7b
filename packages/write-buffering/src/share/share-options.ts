import { checkCount } from '@sluice/body/engine'

/** What becomes of a reader that is more than `maxBytes` behind; see `ShareOptions`. */
export type SharePolicy = 'wait' | 'drop-oldest' | 'disconnect'

export interface ShareOptions {
  /** Bytes that the slowest reader may be behind, 1 or more; 64 KiB by default. A frame that is not data counts as one. */
  readonly maxBytes?: number
  /**
   * What becomes of a reader that is further behind.
   *
   * - `wait`, the default: all wait for it, the source too. Nobody loses anything.
   * - `drop-oldest`: it loses the oldest frames that it has not taken, each of them whole.
   * - `disconnect`: its body fails with `READER_SLOW`.
   */
  readonly policy?: SharePolicy
  /** Bytes of whole frames that are told again to a reader that comes late; at most `maxBytes`, 0 by default. */
  readonly replayBytes?: number
}

export interface ShareLimits {
  readonly maxBytes: number
  readonly policy: SharePolicy
  readonly replayBytes: number
}

/** As `writer` has it. */
const defaultMaxBytes = 65_536

const policies: readonly SharePolicy[] = ['wait', 'drop-oldest', 'disconnect']

/**
 * Checks the options of `share`.
 *
 * @throws {RangeError} At the call, when a number is not a whole one in its bounds, or the policy is not known.
 */
export const shareLimits = ({
  maxBytes = defaultMaxBytes,
  policy = 'wait',
  replayBytes = 0,
}: ShareOptions): ShareLimits => {
  if (!policies.includes(policy)) {
    throw new RangeError(
      `Cannot use policy: found ${String(policy)}, wanted one of ${policies.join(', ')}`,
    )
  }
  checkCount('maxBytes', maxBytes, 1)
  checkCount('replayBytes', replayBytes, 0)
  // Else a late reader would be behind by too much before it has read a byte.
  if (replayBytes > maxBytes)
    throw new RangeError(`Cannot use replayBytes: found ${replayBytes}, wanted at most ${maxBytes}`)
  return { maxBytes, policy, replayBytes }
}
