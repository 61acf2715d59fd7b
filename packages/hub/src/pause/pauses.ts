// Pauses that any process ends.
//
// A pause is a register of the engine: `w:` and its holder while it waits, `v:` and the value once it was resumed. Whether a resume,
// a time-out or another pause came first is decided there, by one swap. The message to the process that waits is only a hint: it
// looks at the register then, and whenever it renews it.

import { hubError } from '../errors.ts'
import { checkName } from '../topic/topic-name.ts'
import { HubPause } from './hub-pause.ts'
import { valueText, waitingProcess } from './pause-register.ts'
import type { WaitOptions } from '@sluice/pause'
import type { HeldRegisters } from '../control/held-registers.ts'
import type { Mailbox } from '../control/mailbox.ts'
import type { RegisterChange } from '../engine/engine.ts'
import type { PauseHandle } from './hub-pause.ts'

/** What pauses ask of the hub. */
export interface PauseHost {
  readonly id: string
  readonly maxEntryBytes: number
  readonly registers: HeldRegisters
  readonly mailbox: Mailbox
  readonly closing: AbortSignal
  swap(key: string, change: RegisterChange): Promise<string | undefined>
  /** The engine could not be asked. */
  failed(error: unknown): void
}

export interface ResumeOptions {
  /** Milliseconds: how long a value waits for a pause that has not begun; 10,000 by default. */
  readonly keepMs?: number | undefined
}

/** The pauses of one hub. */
export class Pauses {
  readonly #host: PauseHost
  /** Those that wait, by their register: of two in one process the later one waits. */
  readonly #waiting = new Map<string, HubPause>()
  #count = 0

  constructor(host: PauseHost) {
    this.#host = host
    host.mailbox.on('pause', ({ register }) => {
      if (register !== undefined) host.registers.look(register)
    })
  }

  pause(key: string, options: WaitOptions): PauseHandle<unknown> {
    this.#host.closing.throwIfAborted()
    const register = registerOf(key)
    this.#count++
    const pause = new HubPause(this.#host, {
      register,
      token: `w:${this.#host.id}/${this.#count}`,
      options,
      over: () => {
        if (this.#waiting.get(register) === pause) this.#waiting.delete(register)
      },
    })
    const earlier = this.#waiting.get(register)
    this.#waiting.set(register, pause)
    // It is told at once, and what it asks of the engine now is answered first: so any number of pauses with one key costs the
    // engine what one costs.
    pause.start(earlier?.replace())
    return pause.handle
  }

  async resume(key: string, value: unknown, keepMs: number): Promise<boolean> {
    const register = registerOf(key)
    const { maxEntryBytes, registers, mailbox, swap } = this.#host
    const next = valueText(value)
    if (next.length > maxEntryBytes)
      throw hubError(
        'ENTRY_TOO_LARGE',
        `Cannot resume ${JSON.stringify(key)}: found a value of ${next.length} characters, wanted at most ${maxEntryBytes}`,
      )
    let expected: string | undefined
    for (;;) {
      const change =
        expected === undefined
          ? { expected, next: keepMs > 0 ? next : undefined, ttlMs: keepMs }
          : // A process that has missed the message finds the value when it renews the register.
            { expected, next, ttlMs: Math.max(keepMs, registers.leaseMs) }
      const before = await swap(register, change)
      const process = waitingProcess(before)
      if (before === expected) {
        if (process !== undefined) await mailbox.send(process, { kind: 'pause', register })
        return process !== undefined
      }
      // Resumed before: the first value stays.
      if (before !== undefined && process === undefined) return false
      expected = before
    }
  }

  /** Ends all as gone, and frees their registers. */
  async close(reason: unknown): Promise<void> {
    await Promise.all([...this.#waiting.values()].map((pause) => pause.close(reason)))
  }
}

const registerOf = (key: string): string => `r:pause:${checkName('key', key)}`
