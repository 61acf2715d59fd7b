import { idleTimer } from '../idle-timer.ts'
import type { RegisterChange } from '../engine/engine.ts'

export interface RegisterHost {
  /** Milliseconds after which a register that is not renewed is free. */
  readonly leaseMs: number
  swap(key: string, change: RegisterChange): Promise<string | undefined>
  report(error: unknown): void
}

interface Held {
  readonly value: string
  /** Called once, if the register was found to have another value. */
  readonly lost: (value: string | undefined) => void
  /**
   * Called when a renewal has found another value, or none. Gives whether the register is held, with this value or a later one. By
   * default, a register without a value gets this one again.
   */
  readonly regain?: (found: string | undefined) => Promise<boolean>
}

/** The part of `leaseMs` after which a register is free: the rest is for others to find out. */
const timeToLive = 0.8

/**
 * The registers of the engine that this process holds: leases, and pauses that wait.
 *
 * They are renewed three times within their time to live, by one timer for all, which runs only while there are any. If the process
 * dies, they are free after that time.
 */
export class HeldRegisters {
  readonly #host: RegisterHost
  readonly #held = new Map<string, Held>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(host: RegisterHost) {
    this.#host = host
  }

  get leaseMs(): number {
    return this.#host.leaseMs
  }

  /** Whether this process holds the register, as far as it knows. */
  has(key: string): boolean {
    return this.#held.has(key)
  }

  /**
   * Takes a register that has the expected value, and renews it from then on. Gives the value that it had: if that is not the expected
   * one, it was not taken.
   */
  async take(key: string, expected: string | undefined, held: Held): Promise<string | undefined> {
    const { swap } = this.#host
    const before = await swap(key, { expected, next: held.value, ttlMs: this.#ttlMs })
    if (before !== expected) return before
    const replaced = this.#held.get(key)
    if (replaced !== undefined && replaced.value !== held.value) replaced.lost(held.value)
    if (this.#isClosed) await this.#free(key, held)
    else this.#held.set(key, held)
    this.#arm()
    return before
  }

  /** Gives a register back. Gives the value that it had: another one if it was lost before. */
  async release(key: string, value: string): Promise<string | undefined> {
    if (this.#held.get(key)?.value === value) this.#held.delete(key)
    return this.#host.swap(key, { expected: value, next: undefined })
  }

  /** Looks now whether a register still has its value. */
  async look(key: string): Promise<void> {
    const held = this.#held.get(key)
    if (held !== undefined) await this.#renew(key, held)
  }

  /** Frees all. Waits for at most one renewal time: an engine that does not answer frees them by their time to live. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const held = [...this.#held]
    this.#held.clear()
    await Promise.all(held.map(([key, each]) => this.#free(key, each)))
  }

  async #free(key: string, { value }: Held): Promise<void> {
    try {
      await this.#host.swap(key, { expected: value, next: undefined })
    } catch {
      // It becomes free by its time to live.
    }
  }

  get #ttlMs(): number {
    return Math.ceil(this.#host.leaseMs * timeToLive)
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#held.size === 0 || this.#isClosed) return
    this.#timer = idleTimer(async () => {
      await Promise.all([...this.#held].map(([key, held]) => this.#renew(key, held)))
      this.#timer = undefined
      this.#arm()
    }, this.#ttlMs / 3)
  }

  async #renew(key: string, held: Held): Promise<void> {
    const { swap } = this.#host
    const ttlMs = this.#ttlMs
    let before: string | undefined
    try {
      before = await swap(key, { expected: held.value, next: held.value, ttlMs })
      if (before === held.value || this.#held.get(key) !== held) return
      if (held.regain !== undefined) {
        if (await held.regain(before)) return
      } else if (before === undefined) {
        // Its time to live ended while the engine could not be reached. Nobody else has it yet.
        before = await swap(key, { expected: undefined, next: held.value, ttlMs })
        if (before === undefined) return
      }
    } catch (error) {
      this.#host.report(error)
      return
    }
    if (this.#held.get(key) !== held) return
    this.#held.delete(key)
    try {
      held.lost(before)
    } catch (error) {
      // The value may be none of a hub.
      this.#host.report(error)
    }
  }
}
