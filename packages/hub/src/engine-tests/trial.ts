import { quiet, timerMs } from '@sluice/body/engine'
import { EngineTestError } from './engine-test-error.ts'
import { Heard } from './heard.ts'
import type { Engine, EngineConnection } from '../engine/engine.ts'

/** A rule of the contract. */
export interface EngineCase {
  readonly name: string
  run(trial: Trial): Promise<void>
}

/** A connection, with what its listener was told. Its calls fail if they take too long. */
export interface Connected extends EngineConnection {
  readonly heard: Heard
}

const pollMs = 10

/** One test of an engine: its connections are closed at the end. */
export class Trial {
  readonly #engine: Engine
  readonly timeoutMs: number
  readonly #connected: EngineConnection[] = []

  constructor(engine: Engine, timeoutMs: number) {
    this.#engine = engine
    this.timeoutMs = timeoutMs
  }

  connect(): Connected {
    const heard = new Heard()
    const connection = this.#engine.connect(heard)
    this.#connected.push(connection)
    return {
      heard,
      append: (topic, records, options) =>
        this.within('append', connection.append(topic, records, options)),
      read: (topic, after, limits) => this.within('read', connection.read(topic, after, limits)),
      follow: (topic) => this.within('follow', connection.follow(topic)),
      unfollow: (topic) => connection.unfollow(topic),
      swap: (key, change) => this.within('swap', connection.swap(key, change)),
      remove: (topic) => this.within('remove', connection.remove(topic)),
      close: () => this.within('close', connection.close()),
    }
  }

  /** @throws {EngineTestError} By the promise, if it takes too long. */
  async within<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new EngineTestError(`${what} has not settled within ${this.timeoutMs} ms`)
      timer = setTimeout(() => reject(error), timerMs(this.timeoutMs))
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Looks again and again until something holds.
   *
   * @throws {EngineTestError} By the promise, if it takes too long. `found` says what there was instead.
   */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    found: () => unknown,
  ): Promise<void> {
    const stopAt = performance.now() + this.timeoutMs
    while (!(await holds())) {
      if (performance.now() > stopAt)
        throw new EngineTestError(
          `${what}: not within ${this.timeoutMs} ms; found ${JSON.stringify(found())}`,
        )
      await pause(pollMs)
    }
  }

  /** Waits until so many records of a topic have arrived. */
  async arrived({ heard }: Connected, topic: string, count: number): Promise<void> {
    await this.until(
      `${count} records arrive`,
      () => heard.recordsOf(topic).length >= count,
      () => `${heard.recordsOf(topic).length} records`,
    )
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#connected.map((connection) => this.within('close', quiet(connection.close()))),
    )
  }
}

export const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))
