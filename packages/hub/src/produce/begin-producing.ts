import { controlRecord } from '../topic/records.ts'
import { FencedLog } from './fenced-log.ts'
import { newestEntry } from './log-tail.ts'
import type { KeepLimits } from '../engine/engine.ts'
import type { Entry } from '../topic/items.ts'
import type { FencedOutcome } from './fenced-log.ts'
import type { Lease } from './lease.ts'
import type { ProducersHost } from './producers.ts'

export interface BeginOptions {
  readonly host: ProducersHost
  readonly log: string
  readonly keep: KeepLimits
  /** It is held. */
  readonly lease: Lease
  /** Aborts when nothing is to be appended any more. */
  readonly over: AbortSignal
}

export type Begun =
  | { readonly kind: 'begun'; readonly log: FencedLog; readonly last: Entry | undefined }
  | { readonly kind: Exclude<FencedOutcome, 'appended'> }

/** Tells all processes that this one produces the topic now, and finds what its source continues behind. */
export const beginProducing = async (options: BeginOptions): Promise<Begun> => {
  const { host, log: name, keep, lease, over } = options
  const read = (after: number) => host.read(name, after)
  const log = new FencedLog({
    process: host.id,
    keep,
    lease,
    append: (records, terms) => host.append(name, records, terms),
    read,
    failed: (error) => host.failed(error),
    over,
  })
  await log.begin()
  const outcome = await log.append([controlRecord({ kind: 'producing', process: host.id })])
  if (outcome !== 'appended') return { kind: outcome }
  // From here on no other process appends as a producer.
  return { kind: 'begun', log, last: await newestEntry(read, log.seq - 1) }
}
