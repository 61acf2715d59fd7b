import { checkCount } from '@sluice/body/engine'
import type { WritePolicy, WriterOptions } from './output.ts'

export interface QueueOptions {
  readonly highWaterBytes: number
  readonly policy: WritePolicy
}

/** As Node's own streams have it since 22. */
const defaultHighWaterBytes = 65_536

const policies: readonly WritePolicy[] = ['refuse', 'drop', 'wait']

/**
 * Checks the options of `writer` and `writing`.
 *
 * @throws {RangeError} At the call, when `highWaterBytes` is not a whole number of 1 or more, or the policy is not known.
 */
export const queueOptions = ({
  highWaterBytes = defaultHighWaterBytes,
  policy = 'refuse',
}: WriterOptions): QueueOptions => {
  if (!policies.includes(policy)) {
    throw new RangeError(
      `Cannot use policy: found ${String(policy)}, wanted one of ${policies.join(', ')}`,
    )
  }
  return { highWaterBytes: checkCount('highWaterBytes', highWaterBytes, 1), policy }
}
