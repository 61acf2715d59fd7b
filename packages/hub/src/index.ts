export { type DurableOptions, durable } from './durable/durable.ts'
export { type Hub, type HubOptions, openHub, type TopicOptions } from './hub.ts'
export { type MemoryOptions, memory } from './memory/memory.ts'
export type { ContinueBody, MakeBody } from './durable/body-source.ts'
export type {
  AppendOptions,
  AppendOutcome,
  Engine,
  EngineConnection,
  EngineListener,
  KeepLimits,
  LogEpoch,
  LogPage,
  LogRecord,
  LogState,
  ReadLimits,
  RegisterChange,
} from './engine/engine.ts'
export type { PauseHandle } from './pause/hub-pause.ts'
export type { ResumeOptions } from './pause/pauses.ts'
export type { ProduceOutcome } from './produce/production.ts'
export type { ProduceContext, Produced, ProduceSource, SourceMaker } from './produce/source.ts'
export type { End, Entry, Gap, Item } from './topic/items.ts'
export type {
  ProduceHandle,
  ProduceOptions,
  ReadOptions,
  Topic,
  TopicState,
} from './topic/topic.ts'
export type { ReadPolicy } from './topic/topic-pull.ts'
