import { BodyError } from '@sluice/body'
import { carry, closeQuietly, fromPull, passingTraits, pullFrom } from '@sluice/body/engine'
import { bufferingError } from '../errors.ts'
import { shareLimits } from './share-options.ts'
import { SharedRun } from './shared-run.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull, Traits } from '@sluice/body/engine'
import type { ShareOptions, SharePolicy } from './share-options.ts'

/** One source with many readers. */
export interface Shared<F extends AnyFrame> {
  /**
   * A body of its own for one more reader: all frames from this call on, whenever its reading begins.
   *
   * Read it or close it: one that is left alone is a slow one. The function carries the traits of what a reader gets.
   *
   * @throws {BodyError} `BODY_USED`, at the call, when all readers of a body have left before its end.
   */
  readonly reader: () => Body<F>
  /** How many readers there are: made, and neither done nor gone. */
  readonly readers: number
  /** Closes the source, and fails whoever reads with `reason` (`SOURCE_CLOSED` by default) after what has been pulled. */
  readonly close: (reason?: unknown) => Promise<void>
}

/**
 * Gives one body to many readers: the source is pulled once, and each reader has every frame.
 *
 * The source is pulled when a reader wants what nobody has had yet, and closed when the last reader leaves. A reader has what
 * is pulled after its `reader()`, and those made in one go have all of it; one that comes in a pause is told of the pause, and of the last `replayBytes` where that is
 * asked for. The end, the trailers and an error reach every reader, after the frames before them. A pause holds the source
 * for all, and fails all when it rejects. The receipt of a flush is told once every reader has sent it or lost it (by leaving,
 * or by being slow): as lost only if no reader has sent it, with the reason of the first.
 *
 * Given a function, it makes the source when a reader first wants something, and makes another for the next reader where
 * that one has ended, failed, or been left by all: for a source that serves as long as anybody listens.
 *
 * Holds what the slowest reader has not taken, up to `maxBytes`; frames are kept, not copied, and the same for all. With
 * `wait`, a frame of any size is pulled while less than `maxBytes` are held. With the other policies a reader is given a
 * turn of the event loop before it is taken for slow, and the newest data is kept for it whatever its size.
 *
 * @param options.maxBytes Bytes, 64 KiB by default.
 * @param options.policy `wait` by default.
 * @param options.replayBytes Bytes, 0 by default.
 * @throws {RangeError} At the call, when a number is not a whole one in its bounds, or the policy is not known.
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before. `READER_SLOW` and `SOURCE_CLOSED`, while
 * reading.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { share } from '@sluice/write-buffering'
 *
 * const shared = share(toBody(['pulled ', 'once']), { maxBytes: 1024 })
 * const [one, two] = await Promise.all([readText(shared.reader()), readText(shared.reader())])
 * if (one !== 'pulled once' || two !== one) throw new Error('not shared')
 * ```
 */
export function share<F extends AnyFrame>(
  source: Body<F> | (() => Body<F>),
  options?: ShareOptions,
): Shared<F>
export function share(
  source: Body<AnyFrame> | (() => Body<AnyFrame>),
  options: ShareOptions = {},
): Shared<AnyFrame> {
  const limits = shareLimits(options)
  const isMaker = typeof source === 'function'
  const begin = () => new SharedRun(isMaker ? laterPull(source) : pullFrom(source), limits)
  let run = begin()
  let closed: { readonly reason: unknown } | undefined
  // Of what a slow reader loses, nobody knows how much it is.
  const byteLength = isMaker || limits.policy === 'drop-oldest' ? undefined : source.byteLength

  const reader = () => {
    if (closed !== undefined) throw closed.reason
    if (isMaker && run.outcome !== undefined) run = begin()
    if (run.outcome?.kind === 'left') throw allLeft()
    const reading = run.join()
    return fromPull(() => reading, run.pulled ? undefined : byteLength)
  }

  return {
    reader: carry(reader, 'reader', traitsOf[limits.policy]),
    get readers() {
      return run.readers
    },
    async close(reason = sourceClosed()) {
      closed ??= { reason }
      await run.close(reason)
    },
  }
}

const bounded: Traits = { ...passingTraits, holds: 'bounded' }

const traitsOf: Readonly<Record<SharePolicy, Traits>> = {
  wait: bounded,
  'drop-oldest': { ...bounded, bytes: 'changed', flush: 'lost' },
  disconnect: bounded,
}

/** A source that is made when it is first pulled, and not at all where it is not. */
const laterPull = (make: () => Body<AnyFrame>): Pull<AnyFrame> => {
  let made: Pull<AnyFrame> | undefined
  let isClosed = false
  return {
    pull() {
      made ??= pullFrom(make())
      if (!isClosed) return made.pull()
      // The function that makes the source has closed it.
      closeQuietly(made)
      return undefined
    },
    close() {
      isClosed = true
      return made?.close()
    },
  }
}

const allLeft = (): BodyError =>
  new BodyError(
    'BODY_USED',
    'Cannot read the shared body: all its readers have left, and it is closed',
  )

const sourceClosed = (): BodyError =>
  bufferingError('SOURCE_CLOSED', 'Cannot read the shared body: its source was closed')
