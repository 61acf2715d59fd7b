import { checkDelay, checkSignal, deferred, nothing, onAbort } from '@sluice/body/engine'
import { Backoff } from '../engine/backoff.ts'
import { hubError } from '../errors.ts'
import { resumedValue } from './pause-register.ts'
import type { Pause } from '@sluice/body'
import type { PauseOutcome, WaitOptions } from '@sluice/pause'
import type { PauseHost } from './pauses.ts'

/** A pause that `hub.resume` ends, in any process. */
export interface PauseHandle<T> {
  /** Yield this in the body. Its `until` fulfils however the pause ends. */
  readonly frame: Pause
  /** Never rejects. */
  readonly resumed: Promise<PauseOutcome<T>>
}

interface Terms {
  /** The key of the register. */
  readonly register: string
  /** The value of the register while it waits. */
  readonly token: string
  readonly options: WaitOptions
  /** Called once it has ended. */
  readonly over: () => void
}

export class HubPause {
  readonly handle: PauseHandle<unknown>
  readonly #host: PauseHost
  readonly #terms: Terms
  readonly #tell: (outcome: PauseOutcome<unknown>) => void
  readonly #ended = new AbortController()
  #taking: Promise<void> | undefined
  #isResumed = false
  /** Whether the engine may have its register. */
  #hasAsked = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopListening = nothing

  /** @throws {RangeError | TypeError} When an option is invalid. */
  constructor(host: PauseHost, terms: Terms) {
    this.#host = host
    this.#terms = terms
    const { promise, resolve } = deferred<PauseOutcome<unknown>>()
    this.handle = { frame: { kind: 'pause', until: promise }, resumed: promise }
    this.#tell = resolve
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = terms.options
    const delayMs = checkDelay('timeoutMs', timeoutMs)
    if (signal !== undefined) checkSignal(signal)
    if (delayMs !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#timeOut(), delayMs)
    if (signal !== undefined && !signal.aborted)
      this.#stopListening = onAbort(signal, (reason) => this.leave(reason))
  }

  get #isOver(): boolean {
    return this.#ended.signal.aborted
  }

  /** Takes the register, after an earlier pause has let go of it. */
  start(earlier: Promise<void> | undefined): void {
    const { signal } = this.#terms.options
    if (signal?.aborted) this.leave(signal.reason)
    else this.#taking = this.#take(earlier)
  }

  /** Ends as gone, since a pause with the same key has begun in this process. Fulfils when it asks nothing of the engine any more. */
  async replace(): Promise<void> {
    this.#end({ kind: 'gone', reason: replaced() })
    await this.#taking
    await this.#releaseQuietly()
  }

  /** Ends as gone. Fulfils when the engine has nothing of it any more. */
  async close(reason: unknown): Promise<void> {
    await this.leave(reason)
    await this.#taking
  }

  /** Never rejects, however long the engine cannot be reached. */
  async #take(earlier: Promise<void> | undefined): Promise<void> {
    await earlier
    const backoff = new Backoff()
    while (!this.#isOver) {
      try {
        await this.#host.mailbox.open()
        if (this.#isOver || (await this.#tryToTake())) return
      } catch (error) {
        if (this.#isOver || this.#host.closing.aborted) return
        this.#host.failed(error)
        await backoff.wait(this.#ended.signal)
      }
    }
  }

  /** Ends as gone. A value that comes meanwhile stays, for the next pause. */
  async leave(reason: unknown): Promise<void> {
    if (this.#isOver) return
    this.#end({ kind: 'gone', reason })
    await this.#releaseQuietly()
  }

  /** Whether the register is held, or the pause has ended. Otherwise another pause was first, and it tries again. */
  async #tryToTake(): Promise<boolean> {
    const { register, token } = this.#terms
    const { registers, mailbox } = this.#host
    const held = { value: token, lost: (found: string | undefined) => this.#lost(found) }
    this.#hasAsked = true
    let before = await registers.take(register, undefined, held)
    // A value that nobody waits for any more stays, for the next pause.
    if (this.#isOver && before !== undefined) return true
    if (before !== undefined && resumedValue(before) === undefined) {
      // The pause that began last is the one that waits: a page that is loaded again comes before its old connection is gone.
      const other = before
      before = await registers.take(register, other, held)
      if (before !== other) return false
      const [process = ''] = other.slice(2).split('/')
      await mailbox.send(process, { kind: 'pause', register })
    } else if (before !== undefined) return this.#use(before)
    if (this.#isOver) await this.#release()
    return true
  }

  /** Takes the value that a resume has left. */
  async #use(found: string): Promise<boolean> {
    const { register } = this.#terms
    const before = await this.#host.swap(register, { expected: found, next: undefined })
    const resumed = before === found ? resumedValue(found) : undefined
    if (resumed === undefined) return this.#isOver
    if (this.#isOver && !this.#isResumed) await this.#giveBack(found)
    this.#end({ kind: 'resumed', value: resumed.value })
    return true
  }

  /** It ended while it took the value: that waits for the next pause again. */
  async #giveBack(next: string): Promise<void> {
    const ttlMs = this.#host.registers.leaseMs
    await this.#host.swap(this.#terms.register, { expected: undefined, next, ttlMs })
  }

  /** The register has another value: a resume has set it, or another pause. */
  #lost(found: string | undefined): void {
    if (this.#isOver || found === undefined) return
    const resumed = resumedValue(found)
    if (resumed === undefined) return this.#end({ kind: 'gone', reason: replaced() })
    this.#end({ kind: 'resumed', value: resumed.value })
    const { register } = this.#terms
    this.#host.swap(register, { expected: found, next: undefined }).then(undefined, nothing)
  }

  /** The engine decides whether a resume was earlier, if it can be asked. */
  async #timeOut(): Promise<void> {
    const found = await this.#releaseQuietly()
    if (found !== undefined && found !== this.#terms.token) this.#lost(found)
    if (!this.#isOver) this.#end({ kind: 'timed out' })
  }

  async #releaseQuietly(): Promise<string | undefined> {
    if (!this.#hasAsked) return undefined
    try {
      return await this.#release()
    } catch {
      // It becomes free by its time to live.
      return undefined
    }
  }

  #release(): Promise<string | undefined> {
    const { register, token } = this.#terms
    return this.#host.registers.release(register, token)
  }

  #end(outcome: PauseOutcome<unknown>): void {
    if (this.#isOver) return
    this.#ended.abort()
    this.#isResumed = outcome.kind === 'resumed'
    clearTimeout(this.#timer)
    this.#stopListening()
    this.#terms.over()
    this.#tell(outcome)
  }
}

const replaced = () =>
  hubError('PAUSE_REPLACED', 'Cannot go on waiting: another pause with the same key has begun')
