// What filters say of the set of kinds that they take and give. Compiled by the test run, never run.
import { toBody } from '@sluice/body'
import {
  chain,
  dropFlush,
  dropTrailers,
  filter,
  frameFilter,
  limitBytes,
  mapBytes,
  mapText,
  pipe,
  tap,
  through,
  traits,
  withTraits,
} from '@sluice/filter'
import type { AnyFrame, Body, Data, Flush, Frame, Pause, Trailers } from '@sluice/body'
import type { BodyFilter, Filter, FrameFilter, Traits } from '@sluice/filter'

/** Compiles only where both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_proof: Same<A, B>): void => {}

interface Progress {
  readonly kind: 'progress'
  readonly done: number
}

declare const body: Body<Frame>
declare const quiet: Body<Data | Trailers>
declare const progress: Body<Frame | Progress>

// A body of fewer kinds is a body of more.
export const wider: Body<Frame> = quiet
// @ts-expect-error A body of more kinds is none of fewer.
export const narrower: Body<Data> = body
// @ts-expect-error A body of own kinds is none without them.
export const without: Body<Frame> = progress

// A filter keeps the kinds, whatever they are.
const own: Filter = filter('own', () => ({ data: (bytes) => bytes }))
const kept = own(progress)
same<typeof kept, Body<Frame | Progress>>(true)
const quietKept = mapBytes((bytes) => bytes)(quiet)
same<typeof quietKept, Body<Data | Trailers>>(true)

// Those that drop say so, by any number of kinds.
const noFlush = dropFlush(body)
same<typeof noFlush, Body<Data | Pause | Trailers>>(true)
const neither = dropTrailers(noFlush)
same<typeof neither, Body<Data | Pause>>(true)
const ownKept = dropFlush(progress)
same<typeof ownKept, Body<Data | Pause | Trailers | Progress>>(true)
// @ts-expect-error After dropFlush there is no flush.
export const stillFlush: Body<Flush> = noFlush

// Those that make frames say so.
const counting: FrameFilter<never, Progress> = frameFilter<never, Progress>('counting', () => ({
  frame: (frame) => frame,
}))
const counted = counting(quiet)
same<typeof counted, Body<Data | Trailers | Progress>>(true)
const swap = frameFilter<Pause, Flush>('swap', () => ({ frame: (frame) => frame }))
const swapped = swap(body)
same<typeof swapped, Body<Data | Trailers | Flush>>(true)
const same0 = frameFilter('same', () => ({ frame: (frame) => frame }))(body)
same<typeof same0, Body<Frame>>(true)

// pipe carries the kinds through generic filters, up to six and beyond.
const none = pipe(body)
same<typeof none, Body<Frame>>(true)
const one = pipe(progress, dropFlush)
same<typeof one, Body<Data | Pause | Trailers | Progress>>(true)
const some = pipe(
  progress,
  dropFlush,
  mapText((text) => text),
  dropTrailers,
  limitBytes({ maxBytes: 1 }),
)
same<typeof some, Body<Data | Pause | Progress>>(true)
const five = pipe(
  quiet,
  own,
  counting,
  dropTrailers,
  tap(() => ({})),
  through(() => new TransformStream()),
)
same<typeof five, Body<Data | Progress>>(true)
const many = pipe(body, own, own, own, own, own, own, own, own)
same<typeof many, Body<Frame>>(true)

// A plain function is a filter, and what it takes is checked.
declare function onlyData(from: Body<Data>): Body<Data | Progress>
const plain = pipe(body, dropFlush, dropTrailers, dropPause, onlyData)
same<typeof plain, Body<Data | Progress>>(true)
declare function dropPause<F extends AnyFrame>(from: Body<F>): Body<Exclude<F, Pause>>
// @ts-expect-error It takes data only.
pipe(body, onlyData)
// @ts-expect-error It takes data only, and trailers are left.
pipe(body, dropFlush, dropPause, onlyData)
export const bodyFilter: BodyFilter<Frame, Frame> = own
export const generator: BodyFilter<Frame, Data> = async function* (from) {
  for await (const frame of from) if (frame.kind === 'data') yield frame
}

// A generator of frames is a body; one of strings is made one by toBody.
async function* frames(): AsyncGenerator<Data | Progress> {
  yield { kind: 'progress', done: 1 }
}
export const structural: Body<Data | Progress> = frames()
const taken = toBody(frames())
same<typeof taken, Body<Data | Progress>>(true)
declare const readable: NodeJS.ReadStream
const ofNode = toBody(readable)
same<typeof ofNode, Body<Frame>>(true)
const ofWeb = toBody(new ReadableStream<Uint8Array>())
same<typeof ofWeb, Body<Frame>>(true)
declare const strings: AsyncGenerator<string | Uint8Array>
const ofStrings = toBody(strings)
same<typeof ofStrings, Body<Data | Trailers>>(true)
const made = toBody(['text', new Uint8Array(), { kind: 'flush' }, { kind: 'own' }])
same<typeof made, Body<Frame>>(true)
// @ts-expect-error Numbers are no pieces.
toBody([1, 2])
// @ts-expect-error A number is no body.
toBody(1)
// @ts-expect-error A promise is no body.
toBody(Promise.resolve('a'))

// `kind` tells the kinds apart.
export const kindOf = (frame: Frame | Progress): unknown => {
  switch (frame.kind) {
    case 'data':
      return frame.bytes
    case 'flush':
      return frame.sent
    case 'pause':
      return frame.until
    case 'trailers':
      return frame.fields
    case 'progress':
      return frame.done
  }
}

// Steps give bytes, and nothing else.
// @ts-expect-error A string is no bytes.
filter('wrong', () => ({ data: () => 'text' }))
// @ts-expect-error A byte filter has a data step.
filter('wrong', () => ({ release: () => undefined }))
filter('right', () => ({
  *data(bytes) {
    yield bytes
  },
  async release(why) {
    // @ts-expect-error There is no such reason.
    if (why === 'never') return undefined
    return [new Uint8Array()]
  },
}))

// What can be a transform.
through(() => new CompressionStream('gzip'))
through(() => new TransformStream<Uint8Array, string>())
// @ts-expect-error A readable alone is no transform.
through(() => new ReadableStream())
// @ts-expect-error It takes strings.
through(() => new TransformStream<string, Uint8Array>())

// Traits: a filter says some, and has all.
const kept2 = filter('own', () => ({ data: (bytes) => bytes }), { traits: { bytes: 'kept' } })
same<typeof kept2, Filter>(true)
const all = traits(kept2)
same<typeof all, Traits>(true)
const better = withTraits({ holds: 'nothing' }, counting)
same<typeof better, typeof counting>(true)
// @ts-expect-error There is no such value.
filter('wrong', () => ({ data: (bytes) => bytes }), { traits: { bytes: 'same' } })
// @ts-expect-error There is no such trait.
frameFilter('wrong', () => ({ frame: (frame) => frame }), { traits: { length: 'kept' } })
// @ts-expect-error A trait cannot be left open.
filter('wrong', () => ({ data: (bytes) => bytes }), { traits: { flush: undefined } })

// A chain takes what its first takes and gives what its last gives.
const passingAll = chain(
  own,
  tap(() => ({})),
)
export const asFilter: Filter = passingAll
const passed = passingAll(progress)
same<typeof passed, Body<Frame | Progress>>(true)
const chained = chain(dropFlush, dropTrailers, limitBytes({ maxBytes: 1 }))(progress)
same<typeof chained, Body<Data | Pause | Progress>>(true)
// @ts-expect-error It takes data only.
chain(own, onlyData)(body)
