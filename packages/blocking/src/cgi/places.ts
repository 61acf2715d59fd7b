import { Slots } from '../loop/slots.ts'
import { busy } from './program-failure.ts'
import type { CgiSettings } from './cgi-options.ts'

/**
 * Bounds the requests that are here, and the programs that run.
 *
 * A request takes a place before its content is read, so that content in memory and in files is bounded too: by the places times
 * `maxBytes`. Content is held without a program, so that slow uploads leave the programs to others.
 */
export class Places {
  readonly #settings: CgiSettings
  readonly #slots: Slots
  #taken = 0
  #noRoomUntil = 0

  constructor(settings: CgiSettings) {
    this.#settings = settings
    this.#slots = new Slots({
      slots: settings.maxProcesses,
      queue: settings.queue,
      timeoutMs: settings.headTimeoutMs,
      each: 'program',
      busy: (found) => busy(settings, found),
    })
  }

  /** @throws {HttpError} `CGI_BUSY`, if all are taken. */
  enter(): Place {
    const { maxProcesses, queue } = this.#settings
    if (this.#taken >= maxProcesses + queue)
      throw busy(
        this.#settings,
        `${this.#taken} requests, of which ${this.#slots.taken} have one of ${maxProcesses} programs`,
      )
    if (performance.now() < this.#noRoomUntil)
      throw busy(this.#settings, 'no room for another process a moment ago')
    this.#taken++
    return new Place(this.#slots, () => {
      this.#taken--
    })
  }

  /** The system has no room for another process. Node loses descriptors with each further try, so there is none for a second. */
  pause(): void {
    this.#noRoomUntil = performance.now() + 1000
  }
}

/** That of one request, until its program has ended or it needs none. */
export class Place {
  readonly #slots: Slots
  readonly #left: () => void
  #state: 'without a program' | 'with a program' | 'left' = 'without a program'

  constructor(slots: Slots, left: () => void) {
    this.#slots = slots
    this.#left = left
  }

  /**
   * Waits until a program may run.
   *
   * @throws {HttpError} `CGI_BUSY`, after too long a wait; the reason of the signal if it aborts.
   */
  async takeSlot(signal: AbortSignal): Promise<void> {
    await this.unlessFailed(() => this.#slots.take(signal))
    this.#state = 'with a program'
  }

  /** Does what comes before the program. Leaves if it fails. */
  async unlessFailed<T>(step: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      this.leave()
      throw error
    }
  }

  /** For good. May be called again. */
  leave(): void {
    if (this.#state === 'left') return
    const hasSlot = this.#state === 'with a program'
    this.#state = 'left'
    this.#left()
    if (hasSlot) this.#slots.leave()
  }
}
