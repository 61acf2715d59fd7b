// Items of a log, such as a topic of @sluice/hub, as events. They are frames, told by their shape: this package does not import the hub.
//
// - An entry is an event whose id is the entry's. A client sends it when it reconnects, and the log continues after it.
// - A gap is an event `gap`. Its id is that of the place where the log continues, so that a client hears of it once.
// - An end is an event `end`.
//
// All streams of a process get the same object for an entry, so its event is encoded once for each `entryEvent`.
import { decodeText, isByteArray, isObject } from '@sluice/body/engine'
import { eventFrame } from './event-frame.ts'
import type { AnyFrame } from '@sluice/body'
import type { EventMessage } from './message.ts'

interface LogEntry<T> {
  readonly kind: 'entry'
  readonly id: string
  readonly value: T
}

interface LogGap {
  readonly kind: 'gap'
  /** `to` is the id after which the log continues; `undefined` if it has none. */
  readonly gap: { readonly to: string | undefined }
}

interface LogEnd {
  readonly kind: 'end'
  readonly id: string
}

/** An item of a log: what a reader of a topic of `@sluice/hub` gets. */
export type LogItem<T = unknown> = LogEntry<T> | LogGap | LogEnd

/** Makes the event of an entry of a log; its id is the entry's. A string is its data. */
export type EntryEvent<T = unknown> = (value: T, id: string) => Omit<EventMessage, 'id'> | string

/** Makes events of the items of a log. Other frames pass. */
export type ItemEncoder = (frame: AnyFrame) => AnyFrame

/** An encoder with its memory, for each function that makes events. */
const encoders = new WeakMap<EntryEvent<never>, ItemEncoder>()

export const itemEncoder = (entryEvent: EntryEvent = valueAsData): ItemEncoder => {
  const found = encoders.get(entryEvent)
  if (found !== undefined) return found
  const encoder = newEncoder(entryEvent)
  encoders.set(entryEvent, encoder)
  return encoder
}

const newEncoder = (entryEvent: EntryEvent): ItemEncoder => {
  const encoded = new WeakMap<AnyFrame, AnyFrame>()
  const encodeOnce = (frame: AnyFrame): AnyFrame => {
    const made = encodedItem(frame, entryEvent)
    encoded.set(frame, made)
    return made
  }
  return (frame) => {
    switch (frame.kind) {
      case 'entry':
      case 'gap':
      case 'end':
        return encoded.get(frame) ?? encodeOnce(frame)
    }
    return frame
  }
}

const encodedItem = (frame: AnyFrame, entryEvent: EntryEvent): AnyFrame => {
  if (isEntry(frame)) return eventFrame(entryMessage(frame, entryEvent))
  if (isGap(frame)) {
    const { gap } = frame
    return eventFrame({ event: 'gap', id: gap.to ?? '', data: JSON.stringify(gap) })
  }
  if (isEnd(frame)) {
    const { kind, id, ...rest } = frame
    return eventFrame({ event: kind, id, data: JSON.stringify(rest) })
  }
  return frame
}

const entryMessage = ({ id, value }: LogEntry<unknown>, entryEvent: EntryEvent): EventMessage => {
  const message = entryEvent(value, id)
  return typeof message === 'string' ? { id, data: message } : { ...message, id }
}

/** A string as it is, bytes as UTF-8, anything else as JSON. */
const valueAsData: EntryEvent = (value) => {
  if (typeof value === 'string') return value
  return isByteArray(value) ? decodeText(value) : String(JSON.stringify(value))
}

const isEntry = (frame: AnyFrame): frame is LogEntry<unknown> =>
  frame.kind === 'entry' && hasId(frame) && 'value' in frame

const isGap = (frame: AnyFrame): frame is LogGap =>
  frame.kind === 'gap' && 'gap' in frame && isObject(frame.gap)

const isEnd = (frame: AnyFrame): frame is LogEnd => frame.kind === 'end' && hasId(frame)

const hasId = (frame: AnyFrame): boolean => 'id' in frame && typeof frame.id === 'string'
