import { deferred, nothing, propertyOf, quiet } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { Session } from './session.ts'
import type { Deferred } from '@sluice/body/engine'
import type { FindClient } from './client.ts'

/** Milliseconds of an outage for which calls wait. After them they reject at once. */
const patienceMs = 2_000

/** Milliseconds between two tries to connect: doubled after each, until a connection has lasted for `steadyMs`. */
const retryMs = { first: 25, most: 1_000 } as const
const steadyMs = 5_000

export interface LinkListener {
  /** A try to connect has failed. */
  readonly failed?: (error: unknown) => void
  readonly connected?: () => void
}

/** A connection that reconnects when it is lost. */
export class Link {
  readonly #findClient: FindClient
  readonly #failed: (error: unknown) => void
  readonly #connected: () => void
  readonly #closing = new AbortController()
  #isRunning = false
  /** Connected, or about to be. */
  #current: Session | undefined
  /** Fulfils with the session that is connected, or is the next to be. */
  #ready: Deferred<Session> = deferred()
  #isReady = false
  #resting: AbortController | undefined
  #outage: { readonly since: number; readonly error: unknown } = { since: 0, error: undefined }

  constructor(findClient: FindClient, { failed = nothing, connected = nothing }: LinkListener) {
    this.#findClient = findClient
    this.#failed = failed
    this.#connected = connected
    quiet(this.#ready.promise)
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** A session, however long that takes. Rejects once the link is closed. */
  session(): Promise<Session> {
    this.#run()
    return this.#ready.promise
  }

  /** A session. Rejects if there is none soon. */
  async sessionSoon(): Promise<Session> {
    this.#run()
    if (this.#isReady) return this.#ready.promise
    const leftMs = this.#outage.since + patienceMs - performance.now()
    if (leftMs <= 0) throw this.#unreachable()
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#unreachable()), leftMs)
    })
    try {
      return await Promise.race([this.#ready.promise, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Tries to connect now, since the server was seen. Calls wait for that. */
  hurry(): void {
    if (this.#isReady || !this.#isRunning) return
    this.#outage = { since: performance.now(), error: this.#outage.error }
    this.#resting?.abort()
  }

  close(error: unknown): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(error)
    this.#resting?.abort()
    this.#current?.drop(error)
    if (this.#isReady) this.#lose(error)
    this.#ready.reject(error)
  }

  #run(): void {
    if (this.#isRunning || this.#closing.signal.aborted) return
    this.#isRunning = true
    this.#outage = { since: performance.now(), error: undefined }
    quiet(this.#keepConnected())
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing
    for (let delayMs: number = retryMs.first; !signal.aborted; ) {
      const lastedMs = await this.#runSession()
      delayMs = lastedMs > steadyMs ? retryMs.first : Math.min(retryMs.most, delayMs * 2)
      // At a time of its own, so that processes which lost the same server do not all come back at once.
      await this.#rest(delayMs * (0.5 + Math.random() / 2))
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#resting = new AbortController()
    try {
      await sleep(ms, { signal: this.#resting.signal })
    } catch {
      // It is over early.
    }
    this.#resting = undefined
  }

  /** Fulfils with the milliseconds that the connection lasted. */
  async #runSession(): Promise<number> {
    const session = await this.#connect()
    if (session === undefined) return 0
    const since = performance.now()
    this.#isReady = true
    this.#ready.resolve(session)
    this.#connected()
    const error = await session.lost
    if (this.#isReady) this.#lose(error)
    return performance.now() - since
  }

  async #connect(): Promise<Session | undefined> {
    try {
      const session = new Session(await this.#findClient())
      this.#current = session
      if (this.#closing.signal.aborted) session.drop(this.#closing.signal.reason)
      await session.connect()
      return session
    } catch (error) {
      this.#outage = { since: this.#outage.since, error }
      if (!this.#closing.signal.aborted) this.#failed(this.#unreachable())
      return undefined
    }
  }

  #lose(error: unknown): void {
    this.#isReady = false
    this.#outage = { since: performance.now(), error }
    this.#ready = deferred()
    quiet(this.#ready.promise)
  }

  #unreachable(): Error {
    const { error } = this.#outage
    if (error === undefined) return new Error('Cannot reach Redis: not connected yet')
    return new Error(`Cannot reach Redis: ${messageOf(error)}`, { cause: error })
  }
}

/** Some errors of sockets have a code and no message. */
const messageOf = (error: unknown): string =>
  String(propertyOf(error, 'message') || propertyOf(error, 'code') || error)
