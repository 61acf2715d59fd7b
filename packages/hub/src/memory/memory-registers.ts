import type { RegisterChange } from '../engine/engine.ts'

interface Register {
  readonly value: string
  readonly until: number
}

/** Registers with a time to live, in memory. */
export class MemoryRegisters {
  readonly #registers = new Map<string, Register>()

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
    if (next === undefined) this.#registers.delete(key)
    else this.#registers.set(key, { value: next, until: now + ttlMs })
    return before
  }

  expire(now: number): void {
    for (const [key, { until }] of this.#registers) if (until <= now) this.#registers.delete(key)
  }
}
