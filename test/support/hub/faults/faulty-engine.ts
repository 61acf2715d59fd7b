import { memory } from '@sluice/hub'
import type {
  AppendOptions,
  Engine,
  EngineConnection,
  EngineListener,
  LogPage,
  LogState,
} from '@sluice/hub'

/** An engine that breaks its contract, and the test that finds it. */
export interface FaultyEngine {
  readonly name: string
  /** In the name of the test. */
  readonly foundBy: RegExp
  make(): Engine
}

export type Change = (inner: EngineConnection) => Partial<EngineConnection>
export type ChangeHeard = (listener: EngineListener) => Pick<EngineListener, 'arrived'>

/** The engine in memory, with some calls changed. */
export const changed = (change: Change, changeHeard?: ChangeHeard): Engine => {
  const engine = memory()
  return {
    name: 'faulty',
    connect(listener) {
      const heard: EngineListener = {
        arrived: (topic, page) => listener.arrived(topic, page),
        failed: (error) => listener.failed(error),
        recovered: () => listener.recovered(),
        ...changeHeard?.(listener),
      }
      const inner = engine.connect(heard)
      return {
        append: (topic, records, options) => inner.append(topic, records, options),
        read: (topic, after, limits) => inner.read(topic, after, limits),
        follow: (topic) => inner.follow(topic),
        unfollow: (topic) => inner.unfollow(topic),
        swap: (key, given) => inner.swap(key, given),
        remove: (topic) => inner.remove(topic),
        close: () => inner.close(),
        ...change(inner),
      }
    },
  }
}

export const noChange: Change = () => ({})

export const faulty = (
  name: string,
  foundBy: RegExp,
  change: Change,
  changeHeard?: ChangeHeard,
): FaultyEngine => ({ name, foundBy, make: () => changed(change, changeHeard) })

export const withKeep =
  (change: (keep: AppendOptions['keep']) => Partial<AppendOptions['keep']>): Change =>
  (inner) => ({
    append: (topic, records, options) =>
      inner.append(topic, records, {
        ...options,
        keep: { ...options.keep, ...change(options.keep) },
      }),
  })

export const withPages =
  (change: (page: LogPage) => LogPage): Change =>
  (inner) => ({
    read: async (topic, after, limits) => change(await inner.read(topic, after, limits)),
  })

export const withStates =
  (change: (state: LogState) => LogState): Change =>
  (inner) => ({
    read: async (topic, after, limits) => {
      const page = await inner.read(topic, after, limits)
      return { ...page, state: change(page.state) }
    },
    follow: async (topic) => change(await inner.follow(topic)),
  })

export const hearing =
  (change: (page: LogPage) => LogPage): ChangeHeard =>
  (listener) => ({
    arrived: (topic, page) => listener.arrived(topic, change(page)),
  })

export const withRecords =
  (change: (bytes: Uint8Array) => Uint8Array) =>
  (page: LogPage): LogPage => ({
    ...page,
    records: page.records.map(({ seq, bytes }) => ({ seq, bytes: change(bytes) })),
  })

export const throughText = (bytes: Uint8Array): Uint8Array =>
  new TextEncoder().encode(new TextDecoder().decode(bytes))
