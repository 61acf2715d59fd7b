import { isData } from '@sluice/body'
import {
  foundIn,
  IteratorPull,
  isFrame,
  iteratorOf,
  propertyOf,
  pullFrom,
  pulling,
} from '@sluice/body/engine'
import { eventFrame } from './event-frame.ts'
import type { AnyFrame, Frame } from '@sluice/body'
import type { FrameMaker, Pull, PullBody } from '@sluice/body/engine'
import type { LogItem } from './log-item.ts'
import type { EventMessage } from './message.ts'

/**
 * A message, the data of one as a string, an item of a log, or a frame: a pause, a flush with a receipt, data that is whole encoded
 * events.
 */
export type SourceItem<T = unknown> = string | EventMessage | LogItem<T> | Frame | AnyFrame

/** A source of messages. May also be a reader of a log, such as `topic.read()` of `@sluice/hub`, or a body of encoded events. */
export type MessageSource<T = unknown> = Iterable<SourceItem<T>> | AsyncIterable<SourceItem<T>>

/** Starts to read a source: a message is one data frame, so that code that drops frames drops whole messages. */
export const pullMessages = (source: MessageSource): Pull<AnyFrame> =>
  isPullBody(source) ? pullFrom(source) : new IteratorPull(iteratorOf(source), messageFrames)

/** Whether a value can be a source. A string is iterable too, but is not meant as a source of characters. */
export const isSource = (source: unknown): source is MessageSource =>
  typeof source === 'object' &&
  source !== null &&
  (pulling in source || Symbol.asyncIterator in source || Symbol.iterator in source)

/** @throws {TypeError} When plain JavaScript gives something that is not a source. */
export const checkSource = (source: unknown): void => {
  if (isSource(source)) return
  const advice = typeof propertyOf(source, 'read') === 'function' ? ': use topic.read()' : ''
  throw new TypeError(
    `Cannot send events: found ${foundIn(source)}, wanted an iterable of messages${advice}`,
  )
}

/** Whether a source says that it has no pauses. */
export const neverPauses = (source: MessageSource): boolean =>
  isPullBody(source) && source.neverPauses === true

const isPullBody = (source: MessageSource): source is PullBody<AnyFrame> => pulling in source

const messageFrames: FrameMaker = {
  frameOf(value) {
    if (typeof value === 'string') return eventFrame({ data: value })
    if (isFrame(value)) return isData(value) && value.bytes.length === 0 ? undefined : value
    if (typeof value === 'object' && value !== null) return eventFrame(value)
    throw new TypeError(
      `Cannot send the events: found ${value === null ? 'null' : typeof value}, wanted a message, a string or a frame`,
    )
  },
}
