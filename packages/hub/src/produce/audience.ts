import { idleTimer } from '../idle-timer.ts'

export interface AudienceOptions {
  /** Milliseconds without readers after which the audience has left. */
  readonly graceMs: number
  /** Milliseconds after which a process is forgotten that did not say again that it has readers. */
  readonly leaseMs: number
  /** Readers in this process. */
  readonly localReaders: () => number
  /** Called once, when there were no readers anywhere for `graceMs`. */
  readonly left: () => void
  /** Called after each change. */
  readonly changed: () => void
}

/**
 * The readers of a topic over all processes, as the process knows them that produces it.
 *
 * Before the first reader has come, the time without readers is at least `leaseMs`: a response that is read by the client a moment
 * later must find its production. Once there was one, it has at least a third of that from the start: other processes tell of their
 * readers when they see that the production has begun.
 */
export class Audience {
  readonly #options: AudienceOptions
  /** Other processes with readers, and until when that holds. */
  readonly #remote = new Map<string, number>()
  #startedAt: number = performance.now()
  #emptySince: number = this.#startedAt
  #wasThere = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: AudienceOptions) {
    this.#options = options
    this.#look(this.#startedAt)
  }

  /** Other processes with readers. */
  get processes(): readonly string[] {
    this.#forget(performance.now())
    return [...this.#remote.keys()]
  }

  /** Counts the time without readers from now, as at the start. */
  restart(): void {
    this.#wasThere = false
    this.#startedAt = performance.now()
    this.#emptySince = this.#startedAt
    this.#look(this.#startedAt)
  }

  /** Readers of another process were seen. */
  here(process: string): void {
    this.#remote.set(process, performance.now() + this.#options.leaseMs)
    this.changed()
  }

  /** The last reader of another process has left. */
  left(process: string): void {
    if (this.#remote.delete(process)) this.changed()
  }

  /** Looks again: local readers came, or the last one left. */
  changed(): void {
    this.#look(performance.now())
  }

  /** Does not tell that all have left if it is the time at which it starts. */
  #look(now: number): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#options.changed()
    const checkAt = this.#checkAt(now)
    if (checkAt <= now) {
      this.close()
      this.#options.left()
    } else if (checkAt < Number.POSITIVE_INFINITY)
      this.#timer = idleTimer(() => this.changed(), Math.ceil(checkAt - now))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#remote.clear()
  }

  /** When something may change without a call. */
  #checkAt(now: number): number {
    this.#forget(now)
    const isLocal = this.#options.localReaders() > 0
    if (isLocal || this.#remote.size > 0) {
      this.#wasThere = true
      this.#emptySince = now
      return isLocal ? Number.POSITIVE_INFINITY : Math.max(...this.#remote.values())
    }
    const { graceMs, leaseMs } = this.#options
    if (!this.#wasThere) return this.#emptySince + Math.max(graceMs, leaseMs)
    return Math.max(this.#emptySince + graceMs, this.#startedAt + leaseMs / 3)
  }

  #forget(now: number): void {
    for (const [process, until] of this.#remote) if (until <= now) this.#remote.delete(process)
  }
}
