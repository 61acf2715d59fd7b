export {
  type DecodeEventsOptions,
  decodeEvents,
  type ReceivedEvents,
} from './decode-events.ts'
export { encodeEvent } from './encode-event.ts'
export { type EncodeEventsOptions, encodeEvents } from './encode-events.ts'
export { type EventsOptions, events } from './events.ts'
export { lastEventId } from './last-event-id.ts'
export type { StreamClient } from './event-stream-pull.ts'
export type { EntryEvent, LogItem } from './log-item.ts'
export type { EventMessage, ReceivedMessage } from './message.ts'
export type { MessageSource, SourceItem } from './message-source.ts'
