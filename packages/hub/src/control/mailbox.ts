import { hasKind } from '@sluice/body/engine'
import { controlRecord } from '../topic/records.ts'
import type { AppendOptions, KeepLimits } from '../engine/engine.ts'
import type { LocalLog } from '../topic/local-log.ts'

export interface MailboxHost {
  /** The id of this process. */
  readonly id: string
  append(log: string, record: Uint8Array, options: AppendOptions): Promise<string>
  log(name: string): LocalLog
  remove(log: string): Promise<void>
  /** Reports an error that no caller gets. */
  report(error: unknown): void
}

/** What processes tell each other. `kind` says which part of the hub it is for. */
export interface Message {
  readonly kind: string
  readonly [field: string]: string
}

/** Messages are hints: what they tell can also be found in registers. So few are kept, and not for long. */
const keep: KeepLimits = { entries: 1_000, bytes: 2 ** 20, ms: 60_000 }

/** The messages to this process from others, in a log of its own. It is followed from the first `open` on. */
export class Mailbox {
  readonly #host: MailboxHost
  readonly #hearers = new Map<string, (message: Message) => void>()
  #opened: Promise<void> | undefined
  #log: LocalLog | undefined
  #stopListening: (() => void) | undefined

  constructor(host: MailboxHost) {
    this.#host = host
  }

  /** Calls `hear` with each message of a kind. */
  on(kind: string, hear: (message: Message) => void): void {
    this.#hearers.set(kind, hear)
  }

  /** Fulfils when messages arrive here that are sent from now on. */
  open(): Promise<void> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  /** Sends a message to a process, which may be this one. */
  async send(process: string, message: Message): Promise<void> {
    if (process === this.#host.id) this.#hear(message)
    else await this.#host.append(logOf(process), controlRecord(message), { keep })
  }

  async close(): Promise<void> {
    if (this.#log === undefined) return
    this.#stopListening?.()
    this.#log.release()
    try {
      await this.#host.remove(logOf(this.#host.id))
    } catch {
      // The engine drops it after `keep.ms`.
    }
  }

  async #open(): Promise<void> {
    this.#log ??= this.#hold()
    try {
      await this.#log.followed()
    } catch (error) {
      // The next call tries again.
      this.#opened = undefined
      throw error
    }
  }

  #hold(): LocalLog {
    const log = this.#host.log(logOf(this.#host.id))
    log.hold()
    this.#stopListening = log.listen(({ control }) => {
      if (isMessage(control)) this.#hear(control)
    })
    return log
  }

  /** Another process may have another version of the hub, so a message may be something else than is expected. */
  #hear(message: Message): void {
    try {
      this.#hearers.get(message.kind)?.(message)
    } catch (error) {
      this.#host.report(error)
    }
  }
}

const logOf = (process: string): string => `c:${process}`

const isMessage = (control: unknown): control is Message => hasKind(control)
