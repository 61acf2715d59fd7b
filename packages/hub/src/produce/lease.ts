import type { HeldRegisters } from '../control/held-registers.ts'

export interface LeaseOptions {
  readonly registers: HeldRegisters
  readonly key: string
  /** Begins every value of this lease, and of no other: the process and a number. */
  readonly prefix: string
  /** Called if another process has it now. */
  readonly lost: () => void
}

/**
 * The right to produce a topic: a register of which the value fences appends.
 *
 * `renew` changes the value. An append that was sent with the old one and was not answered then cannot arrive later.
 */
export class Lease {
  readonly #options: LeaseOptions
  #value: string | undefined
  #count = 0

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  get isHeld(): boolean {
    return this.#value !== undefined
  }

  /** What an append has to be fenced by. */
  get fence(): { readonly key: string; readonly value: string } {
    return { key: this.#options.key, value: this.#value ?? '' }
  }

  /** Takes the lease, or renews it with a new value. `false` if another process has it. Rejects if the engine fails. */
  async take(): Promise<boolean> {
    const { registers, key, prefix } = this.#options
    const value = `${prefix}.${++this.#count}`
    const held = { value, lost: (found: string | undefined) => this.#lost(found) }
    for (let expected = this.#value; ; ) {
      const before = await registers.take(key, expected, held)
      if (before === expected) {
        this.#value = value
        return true
      }
      if (before !== undefined && !this.#isOurs(before)) {
        this.#value = undefined
        return false
      }
      // It has expired, or an earlier call arrived after its time-out.
      expected = before
    }
  }

  /** Gives it back. If the engine fails, it is free after its time to live. */
  async release(): Promise<void> {
    const value = this.#value
    this.#value = undefined
    if (value === undefined) return
    try {
      await this.#options.registers.release(this.#options.key, value)
    } catch {
      // It becomes free by its time to live.
    }
  }

  #isOurs(value: string): boolean {
    return value.startsWith(`${this.#options.prefix}.`)
  }

  /** A renewal may meet a new value of our own that `take` has just set. */
  #lost(found: string | undefined): void {
    if (this.#value === undefined || (found !== undefined && this.#isOurs(found))) return
    this.#value = undefined
    this.#options.lost()
  }
}
