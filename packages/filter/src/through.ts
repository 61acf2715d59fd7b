import { carry, fromPull, pullFrom, unknownTraits } from '@sluice/body/engine'
import { throughPull } from './through-pull.ts'
import type { Traits } from '@sluice/body/engine'
import type { Filter } from './filter.ts'
import type { TransformLike } from './transform.ts'

/**
 * Makes a filter of a web `TransformStream`, or any pair of `readable` and `writable`, or of a Node `Duplex`.
 *
 * `make` is called once a body, when the first frame is asked for. One frame is written at a time, and the next is
 * pulled once that one was taken and what came of it was read: a reader that stalls stalls the source. Strings that the
 * transform gives become UTF-8.
 *
 * Flush, pause, trailers and unknown kinds stay in order: what the transform gives for what was written leaves before
 * them. **What it holds inside cannot be forced out**: a compressor gives nothing at a flush, and what a transform
 * works at elsewhere after it has taken a write, in a thread, may come behind the flush. It is ended at the trailers or
 * the end; the trailers go last.
 *
 * Its traits are those of a transform that nobody knows: `bytes: 'changed'`, `holds: 'whole'`, `flush: 'delayed'`. `withTraits`
 * says better of one that holds less.
 *
 * Where the transform ends by itself the body ends, and the source is closed. Where the source or the transform fails,
 * or the body is left early, the other is closed too: aborted and cancelled, or destroyed.
 *
 * @throws {TypeError} While reading, when `make` gives neither.
 * @throws {BodyError} `BODY_ENDED_EARLY`, while reading, when a `Duplex` closes before its end.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 * import { through } from '@sluice/filter'
 *
 * const gzip = through(() => new CompressionStream('gzip'))
 * const [first, second] = await readBytes(gzip(toBody('hello')))
 * if (first !== 0x1f || second !== 0x8b) throw new Error('not gzip')
 * ```
 */
export const through = (make: () => TransformLike): Filter => {
  const apply: Filter = (body) => fromPull(() => throughPull(pullFrom(body), make))
  return carry(apply, 'through', throughTraits)
}

/** Nobody knows what a transform holds, and a flush does not reach it. */
const throughTraits: Traits = { ...unknownTraits, flush: 'delayed', reentrant: true }
