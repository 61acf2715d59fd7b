import {
  checkCallback,
  closeQuietly,
  foundIn,
  IteratorPull,
  isByteArray,
  isObject,
  isPromiseLike,
  iteratorOf,
  observePromise,
  propertyOf,
  pullFrom,
  pulling,
} from '@sluice/body/engine'
import { AwaitingIterator, observePromises } from './awaiting-iterator.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { FrameMaker, Pull } from '@sluice/body/engine'
import type { Entry } from '../topic/items.ts'

/** What a source that is a function gets. */
export interface ProduceContext<T = unknown> {
  /** Aborts when the source has to end: the topic was stopped, nobody reads it, another process has taken over, or the hub closes. */
  readonly signal: AbortSignal
  /** The newest entry of the log. If it is not `undefined`, something was appended before: continue after it. */
  readonly last: Entry<T> | undefined
}

/** Values that become entries, or a body, whose data becomes entries of bytes. Promises in a synchronous iterable are awaited. */
export type Produced<T> = Iterable<T> | AsyncIterable<T> | Body

/** Makes a source, if this process is the one that produces. */
export interface SourceMaker<T> {
  /** Whether the source is held while its slowest reader would lose entries by `keep` of the topic, as that of `durable` is. */
  readonly waitsForReaders?: boolean
  /** Called for each time that the process gets the lease: again if it has lost it meanwhile. */
  open(context: ProduceContext<T>): Produced<T> | PromiseLike<Produced<T>>
  /** Called instead of `open`, if the process did not have to produce. */
  close?(): void | PromiseLike<void>
}

/** A source that may decline to run. */
export interface ChoosyMaker extends SourceMaker<unknown> {
  /** Called before `open`, with the newest entry. If `false`, the process leaves, and the topic stays as it is. */
  accepts(last: Entry | undefined): boolean
}

// The function is a method of an interface, since TypeScript compares methods loosely: that the log has entries of `T` is what the
// caller says of the topic.
/** What `produce` runs. A function is called only in the process that produces, as `open` is. */
export type ProduceSource<T> = Produced<T> | SourceMaker<T>['open'] | SourceMaker<T>

/** A value of a source, among frames. */
export interface Value {
  readonly kind: 'sluice.value'
  readonly value: unknown
}

export const isValue = (frame: AnyFrame): frame is Value => frame.kind === 'sluice.value'

/** @throws {TypeError} When plain JavaScript gives something else. */
export const checkProduceSource = (source: unknown): void => {
  if (typeof source === 'function') return
  if (!isReopened(source)) return observePromises(pullable(source))
  checkCallback('open', propertyOf(source, 'open'))
  const close = propertyOf(source, 'close')
  if (close !== undefined) checkCallback('close', close)
}

/** Whether a source can be opened again. */
export const isReopened = (source: unknown): boolean =>
  typeof source === 'function' ||
  // A stream of a file has an `open` too.
  (isObject(source) && !isIterable(source) && 'open' in source)

/** Whether a source is held while its slowest reader would lose entries. */
export const isHeld = (source: ProduceSource<unknown>): boolean =>
  typeof source !== 'function' && isMaker(source) && source.waitsForReaders === true

/** Whether a source does not run after this entry. */
export const declines = (source: ProduceSource<unknown>, last: Entry | undefined): boolean =>
  isChoosy(source) && !source.accepts(last)

const isChoosy = (source: ProduceSource<unknown>): source is ChoosyMaker =>
  isObject(source) && !isIterable(source) && 'accepts' in source

/** Starts a source. */
export const openSource = async (
  source: ProduceSource<unknown>,
  context: ProduceContext,
): Promise<Pull<AnyFrame>> => {
  if (typeof source === 'function') return pullOf(await source(context))
  if (isMaker(source)) return pullOf(await source.open(context))
  return pullOf(source)
}

/** Closes a source that will not be run. Leaves alone what is being read. */
export const discardSource = async (source: ProduceSource<unknown>): Promise<void> => {
  if (typeof source === 'function') return
  await closeQuietly({
    close: () => (isMaker(source) ? source.close?.() : pullOf(source).close()),
  })
}

const isMaker = (
  source: Produced<unknown> | SourceMaker<unknown>,
): source is SourceMaker<unknown> => !isIterable(source)

const pullOf = (made: Produced<unknown>): Pull<AnyFrame> => {
  const source = pullable(made)
  if (isBody(source)) return pullFrom(source)
  observePromises(source)
  const iterator = iteratorOf(source)
  const isSync = !(Symbol.asyncIterator in source)
  return new IteratorPull(isSync ? new AwaitingIterator(iterator) : iterator, values)
}

const pullable = (made: unknown): Iterable<unknown> | AsyncIterable<unknown> => {
  if (isObject(made) && isIterable(made) && typeof iteratorMethod(made) === 'function') return made
  throw new TypeError(
    `Cannot produce a topic: found ${foundIn(made)}, wanted an iterable or a function that makes one`,
  )
}

const isIterable = (made: object): made is Iterable<unknown> | AsyncIterable<unknown> =>
  Symbol.asyncIterator in made || Symbol.iterator in made

const iteratorMethod = (made: object): unknown =>
  Reflect.get(made, Symbol.asyncIterator in made ? Symbol.asyncIterator : Symbol.iterator)

const isBody = (made: object): made is Body<AnyFrame> => pulling in made

const values: FrameMaker = {
  frameOf: (value) => (isOurFrame(value) ? value : asValue(value)),
}

const asValue = (value: unknown): Value => {
  if (!isPromiseLike(value)) return { kind: 'sluice.value', value }
  observePromise(value)
  throw new TypeError('Cannot append the value: found a promise, wanted what it gives: await it')
}

/** Any generator of frames is a body. Values may have a `kind` too: those of a frame hold what JSON has no text for. */
const isOurFrame = (value: unknown): value is AnyFrame => {
  switch (propertyOf(value, 'kind')) {
    case 'data':
      return isByteArray(propertyOf(value, 'bytes'))
    case 'pause': {
      const until = propertyOf(value, 'until')
      return isPromiseLike(until)
    }
    case 'trailers':
      return typeof propertyOf(propertyOf(value, 'fields'), 'get') === 'function'
    case 'flush':
      return isObject(value) && Object.keys(value).every((key) => key === 'kind' || key === 'sent')
    default:
      return false
  }
}
