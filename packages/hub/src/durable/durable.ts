import {
  checkBody,
  checkCallback,
  checkCount,
  checkDelay,
  checkSignal,
  foundIn,
  fromPull,
  propertyOf,
} from '@sluice/body/engine'
import { BodySource } from './body-source.ts'
import { DurablePull } from './durable-pull.ts'
import type { Body, Data, Flush, Trailers } from '@sluice/body'
import type { Topic } from '../topic/topic.ts'
import type { BodyPosition, ContinueBody, MakeBody } from './body-source.ts'

export interface DurableOptions {
  /** Bytes that the client has already; 0 by default. */
  readonly fromByte?: number | undefined
  /** Milliseconds for which the source runs on after the last reader in any process has left; 30,000 by default. */
  readonly graceMs?: number | undefined
  /** Ends this reader. The source runs on for others. */
  readonly signal?: AbortSignal | undefined
  /**
   * Makes the rest of the body, if the process that produced it has died, or nobody read it for `graceMs`, or the log is gone. Without
   * it, the body then fails: a restarted source might yield different bytes.
   */
  readonly continueAt?: ContinueBody | undefined
}

/**
 * A body with a log behind it: a client that was cut asks again, and gets the rest from any process.
 *
 * Give each response a topic of its own, and call `durable` for the first request and for each later one. One source runs over all
 * processes, as by `topic.produce`; a given body that is not needed is closed. Data and trailers are kept in the topic, so its `keep`
 * limits how far back a client can resume. The body that is returned has a flush whenever it has to wait. Pauses of the source are
 * waited for, and its flushes end at the log.
 *
 * The source waits for its slowest reader in any process, at most half of `keep` of the topic ahead of it: a slow client gets the whole
 * body, and one that stalls holds the source until its reading ends. Without readers, it stays that far ahead of the last one.
 *
 * `topic.stop()` ends the body early, as if it were complete. Entries of the topic are for `durable` only.
 *
 * @param options.fromByte Bytes that the client has, 0 by default.
 * @param options.graceMs Milliseconds, 30,000 by default.
 * @throws {TypeError | RangeError} At the call, when the source or an option is invalid.
 * @throws {BodyError} While reading. `BODY_FAILED`: the source failed; its error is the `cause`, if it failed in this process.
 * `BODY_LOST`: the next bytes are no longer kept, or were lost in a fail-over. `RANGE_NOT_SATISFIABLE`: the body has fewer than `fromByte`
 * bytes. If it has exactly as many, the rest is empty.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { durable, openHub } from '@sluice/hub'
 *
 * const hub = openHub()
 * const answer = hub.topic('answer 17')
 * await readText(durable(toBody('hello, world'), answer))
 * const rest = durable(toBody('not read'), answer, { fromByte: 7 })
 * if ((await readText(rest)) !== 'world') throw new Error('not resumed')
 * await hub.close()
 * ```
 */
export const durable = (
  source: Body | MakeBody,
  topic: Topic,
  { fromByte = 0, graceMs, signal, continueAt }: DurableOptions = {},
): Body<Data | Flush | Trailers> => {
  if (typeof source !== 'function') checkBody(source)
  checkCount('fromByte', fromByte, 0)
  if (signal !== undefined) checkSignal(signal)
  if (continueAt !== undefined) checkCallback('continueAt', continueAt)
  checkTopic(topic)
  if (graceMs !== undefined) checkDelay('graceMs', graceMs)
  const position: BodyPosition = { byte: fromByte, response: undefined }
  const bodySource = new BodySource(source, continueAt, position)
  return fromPull(
    () =>
      new DurablePull({
        topic: topic.name,
        position,
        source: bodySource,
        produce: () => topic.produce(bodySource, { graceMs, whenLeft: 'rest' }),
        read: () => topic.read({ signal }),
      }),
  )
}

/** Plain JavaScript may give its name, or the topic of something else. */
const checkTopic = (topic: unknown): void => {
  if (typeof propertyOf(topic, 'produce') === 'function') return
  throw new TypeError(
    `Cannot use the topic: found ${foundIn(topic)}, wanted a topic of a hub: hub.topic(name)`,
  )
}
