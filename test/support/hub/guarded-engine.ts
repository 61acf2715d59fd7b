import type { AppendOutcome, Engine, EngineConnection } from '@sluice/hub'

/** One connection of a guarded engine: what a test does to its calls. */
export interface Guard {
  /** Takes part in each append to a topic: passes it on, or not, or late. */
  append?: ((pass: () => Promise<AppendOutcome>) => Promise<AppendOutcome>) | undefined
  /** Takes part in each message to another process. */
  message?: ((pass: () => Promise<AppendOutcome>) => Promise<AppendOutcome>) | undefined
  /** While it is pending, nothing that this process asks for arrives: as if it were suspended. */
  suspended?: Promise<void> | undefined
  /** Whether all calls fail, as if the engine were down. */
  isDown?: boolean
  /** How many appends to topics were asked for. */
  appends: number
  /** Is told the log of each `remove`. */
  removed?: (log: string) => void
  /** Reads a register. */
  look?: (key: string) => Promise<string | undefined>
}

/** An engine of which a test fails, delays and suspends the calls, for each connection. */
export interface GuardedEngine extends Engine {
  /** In the order of the connections. */
  readonly guards: Guard[]
}

export const guardedEngine = (engine: Engine): GuardedEngine => {
  const guards: Guard[] = []
  return {
    name: 'guarded',
    guards,
    connect(listener) {
      const guard: Guard = { appends: 0 }
      guards.push(guard)
      return guarded(engine.connect(listener), guard)
    },
  }
}

const guarded = (connection: EngineConnection, guard: Guard): EngineConnection => {
  const when = async <T>(call: () => Promise<T>): Promise<T> => {
    if (guard.suspended !== undefined) await guard.suspended
    if (guard.isDown) throw new Error('the engine is down')
    return call()
  }
  guard.look = (key) => connection.swap(key, { expected: undefined, next: undefined })
  return {
    append(topic, records, options) {
      const pass = () => when(() => connection.append(topic, records, options))
      if (!topic.startsWith('t:')) return guard.message?.(pass) ?? pass()
      guard.appends++
      return guard.append === undefined ? pass() : guard.append(pass)
    },
    read: (topic, after, limits) => when(() => connection.read(topic, after, limits)),
    follow: (topic) => when(() => connection.follow(topic)),
    unfollow: (topic) => connection.unfollow(topic),
    swap: (key, change) => when(() => connection.swap(key, change)),
    remove(topic) {
      guard.removed?.(topic)
      return when(() => connection.remove(topic))
    },
    close: () => connection.close(),
  }
}
