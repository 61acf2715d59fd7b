import { carry, fromPull, pullFrom } from '@sluice/body/engine'
import { throughPull } from './through/through-pull.ts'
import type { Traits } from '@sluice/body/engine'
import type { Filter } from './filter.ts'
import type { TransformLike } from './through/transform.ts'

/**
 * Makes a filter of a web `TransformStream`, of any pair of `readable` and `writable`, or of a Node `Duplex`.
 *
 * `make` is called once a body, when the first frame is asked for. One frame is written at a time. The next is
 * pulled once the transform has accepted it and its output was read, so a reader that stalls also stalls the source. Strings
 * that the transform gives become UTF-8.
 *
 * Flush, pause, trailers and unknown kinds stay in order: output for what was written before them leaves first. **What the
 * transform holds inside cannot be forced out**: a compressor gives nothing at a flush, and output that is still computed in
 * a thread may come after the flush. The transform is ended at the trailers or at the end; the trailers go last.
 *
 * Its traits are those of an unknown transform: `bytes: 'changed'`, `holds: 'whole'`, `flush: 'delayed'`. `withTraits`
 * says better of one that holds less.
 *
 * If the transform ends by itself, the body ends and the source is closed. If the source or the transform fails, or the
 * body is closed early, the other is closed too: aborted and cancelled, or destroyed.
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
const throughTraits: Partial<Traits> = { flush: 'delayed', reentrant: true }
