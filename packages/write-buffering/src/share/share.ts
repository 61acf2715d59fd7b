// One source for many readers.
//
// - `share` makes readers, and remembers when the source was closed. Given a function, it makes a source for each run.
// - `SharedSource` pulls the source, one frame at a time, when a reader has nothing more to take. It waits for pauses once, for
//   all readers, and decides what happens to a slow reader.
// - `SharedLine` is the list of frames that a reader has yet to take, and counts its bytes. Each `Slot` knows how many readers
//   have not taken it.
// - `SharedReader` is the pull protocol of one reader: a place in the line.
//
// What holds: every reader gets the same frames in the same order. The end, or an error, stands after the last frame, and no
// reader gets it earlier. The receipt of a flush is called once, when it has been settled for all readers. The source is
// closed exactly once: when the last reader leaves, when it fails, or by `close`. It may pull, make or close readers from
// inside its own `pull`: `#blocks` keeps the run from pulling it again.
import { BodyError } from '@sluice/body'
import { carry, closeQuietly, fromPull, passingTraits, pullFrom } from '@sluice/body/engine'
import { bufferingError } from '../errors.ts'
import { shareLimits } from './share-options.ts'
import { SharedSource } from './shared-source.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull, Traits } from '@sluice/body/engine'
import type { ShareOptions, SharePolicy } from './share-options.ts'

/** A source with many readers. */
export interface Shared<F extends AnyFrame> {
  /**
   * Makes a body for one more reader: all frames from this call on, however late its reading begins.
   *
   * Read it or close it: a body that is ignored is a slow reader. The function carries the traits of what a reader gets.
   *
   * @throws {BodyError} `BODY_USED`, at the call, when all readers of a body have left before its end.
   */
  readonly reader: () => Body<F>
  /** How many readers have been made and have neither ended nor left. */
  readonly readers: number
  /** Closes the source, and fails all readers with `reason` (`SOURCE_CLOSED` by default) after what has been pulled. */
  readonly close: (reason?: unknown) => Promise<void>
}

/**
 * Gives one body to many readers: the source is pulled once, and each reader gets every frame.
 *
 * The source is pulled when a reader wants a frame that no reader has had yet, and closed when the last reader leaves. A
 * reader gets what is pulled after its `reader()`. Readers that are made in the same turn all get the first frame. A reader
 * that comes in a pause gets the pause first; with `replayBytes`, a late reader gets the last frames again. The end, the
 * trailers and an error reach every reader, after the frames before them. A pause holds the source for all, and fails all if
 * it rejects. The receipt of a flush is called once, when every reader has sent it or lost it (by leaving, or by being slow):
 * as lost only if no reader has sent it, with the reason of the first.
 *
 * Given a function, it makes the source when a reader first wants a frame. It makes another one for the next reader if that
 * has ended, failed, or been left by all: for a source that runs only while it has readers.
 *
 * Holds what the slowest reader has not taken, up to `maxBytes`. Frames are kept, not copied, and the same for all. With
 * `wait`, a frame of any size is pulled while less than `maxBytes` are held. With the other policies a reader gets a turn of
 * the event loop before it counts as slow, and the newest data is kept for it whatever its size.
 *
 * Does not resume: the frames that are replayed are the same for every late reader. A topic of `@sluice/hub` continues behind an id.
 *
 * @param options.maxBytes Bytes, 64 KiB by default.
 * @param options.policy `wait` by default.
 * @param options.replayBytes Bytes, 0 by default.
 * @throws {RangeError} At the call, when a number is not a whole number in its range, or the policy is not known.
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
  const begin = () => new SharedSource(isMaker ? laterPull(source) : pullFrom(source), limits)
  let run = begin()
  let closed: { readonly reason: unknown } | undefined
  // It is not known how much a slow reader will lose.
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

/** A source that is made when it is first pulled, and not at all if it never is. */
const laterPull = (make: () => Body<AnyFrame>): Pull<AnyFrame> => {
  let made: Pull<AnyFrame> | undefined
  let isClosed = false
  return {
    pull() {
      made ??= pullFrom(make())
      if (!isClosed) return made.pull()
      // The function that makes the source has closed the readers.
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
