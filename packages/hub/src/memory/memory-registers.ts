import type { RegisterChange } from '../engine/engine.ts'

interface Register {
  readonly value: string
  readonly until: number
}

/** What a register costs besides its text. Bytes. */
const registerCost = 200

/** Registers with a time to live, in memory. */
export class MemoryRegisters {
  /** In the order in which they were set, the oldest first. */
  readonly #registers = new Map<string, Register>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#registers.size
  }

  get(key: string, now: number): string | undefined {
    const found = this.#registers.get(key)
    return found !== undefined && found.until > now ? found.value : undefined
  }

  swap(
    key: string,
    { expected, next, ttlMs = 0 }: RegisterChange,
    now: number,
  ): string | undefined {
    const before = this.get(key, now)
    if (before !== expected) return before
    this.#delete(key)
    if (next === undefined) return before
    this.#registers.set(key, { value: next, until: now + ttlMs })
    this.#bytes += costOf(key, next)
    return before
  }

  /** Drops those that were set longest ago: leases and pauses that are held are set again and again. The newest stays. */
  limit(maxBytes: number): void {
    for (const key of this.#registers.keys()) {
      if (this.#bytes <= maxBytes || this.#registers.size === 1) return
      this.#delete(key)
    }
  }

  expire(now: number): void {
    for (const [key, { until }] of this.#registers) if (until <= now) this.#delete(key)
  }

  #delete(key: string): void {
    const found = this.#registers.get(key)
    if (found === undefined) return
    this.#bytes -= costOf(key, found.value)
    this.#registers.delete(key)
  }
}

const costOf = (key: string, value: string): number => registerCost + key.length + value.length
