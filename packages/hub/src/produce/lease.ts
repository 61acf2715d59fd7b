import type { HeldRegisters } from '../control/held-registers.ts'

export interface LeaseOptions {
  readonly registers: HeldRegisters
  readonly key: string
  /** Begins every value of this lease, and of no other: the process and a number. */
  readonly prefix: string
  /** Called if another process has it now. */
  readonly lost: () => void
}

/** A register and its value, which appends are fenced by. */
export interface Fence {
  readonly key: string
  readonly value: string
}

/**
 * The right to produce a topic: a register of which the value fences appends.
 *
 * Each call that takes or renews it sets a new value, and no value is ever set again. So an append that was sent with an older value
 * and was not answered cannot arrive later, however late the calls of the engine are. If a call was not answered, the register may
 * have its value: each value of this lease counts as its own.
 *
 * Calls wait for each other: none gives back what another is about to take.
 */
export class Lease {
  readonly #options: LeaseOptions
  #value: string | undefined
  /** The value of a call that was not answered: the register may have it. */
  #unsure: string | undefined
  #count = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  get isHeld(): boolean {
    return this.#value !== undefined
  }

  /** What an append has to be fenced by. */
  get fence(): Fence {
    return { key: this.#options.key, value: this.#value ?? '' }
  }

  /** Takes the lease, or renews it with a new value. `false` if another process has it. Rejects if the engine fails. */
  take(): Promise<boolean> {
    return this.#inTurn(() => this.#take())
  }

  /** Gives it back. If the engine fails, it is free after its time to live. */
  release(): Promise<void> {
    return this.#inTurn(() => this.#release())
  }

  async #take(): Promise<boolean> {
    const { registers, key, prefix } = this.#options
    const value = `${prefix}.${++this.#count}`
    const held = {
      value,
      lost: (found: string | undefined) => this.#lost(found),
      regain: (found: string | undefined) => this.#inTurn(() => this.#regain(value, found)),
    }
    for (let expected = this.#value; ; ) {
      this.#unsure = value
      const before = await registers.take(key, expected, held)
      this.#unsure = undefined
      if (before === expected) {
        this.#value = value
        return true
      }
      if (before !== undefined && !this.#isOurs(before)) {
        this.#value = undefined
        return false
      }
      // It has expired, or an earlier call has arrived without an answer.
      expected = before
    }
  }

  async #release(): Promise<void> {
    const { registers, key } = this.#options
    let expected = this.#value ?? this.#unsure
    this.#value = undefined
    this.#unsure = undefined
    try {
      while (expected !== undefined && this.#isOurs(expected)) {
        const before = await registers.release(key, expected)
        if (before === expected) return
        expected = before
      }
    } catch {
      // It becomes free by its time to live.
    }
  }

  /** A renewal has found another value than that of `take`, or none. Gives whether the lease is held. */
  async #regain(value: string, found: string | undefined): Promise<boolean> {
    // Meanwhile it was taken again, or given back.
    if (this.#value !== value) return this.isHeld
    if (found !== undefined && !this.#isOurs(found)) return false
    const isHeld = await this.#take()
    if (!isHeld) this.#options.lost()
    return isHeld
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => {})
    return turn
  }

  #isOurs(value: string): boolean {
    return value.startsWith(`${this.#options.prefix}.`)
  }

  #lost(found: string | undefined): void {
    if (this.#value === undefined || (found !== undefined && this.#isOurs(found))) return
    this.#value = undefined
    this.#options.lost()
  }
}
