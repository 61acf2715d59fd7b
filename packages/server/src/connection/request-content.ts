import { BodyError } from '@sluice/body'
import { requestOver } from './server-client.ts'
import { ownBytes } from './socket.ts'
import type { Data, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { RequestParser } from '../http1/request-parser.ts'

type Content = Data | Trailers
type Waiter = {
  resolve(frame: Content | undefined | PromiseLike<Content | undefined>): void
  reject(error: unknown): void
}

/** What the content of a request needs of its connection. */
export interface ContentHost {
  /** Called before the first reading: sends `100 (Continue)` where the client waits for it. */
  contentStarted(): void
  /** More input is wanted: reading from the socket goes on. */
  contentWanted(): void
}

/** So many reads in a row a handler has to keep up with: the first it does always, since it has waited for it. */
const quickReads = 2

/** The content of a request as its handler reads it: pulled from the parser, which gives what has arrived. */
export class RequestContent implements Pull<Content> {
  /** Whether the handler has asked for content. */
  started = false
  readonly #parser: RequestParser
  readonly #host: ContentHost
  #waiter: Waiter | undefined
  #failure: { readonly error: unknown } | undefined
  #noMore = false
  #lends = false
  /** How often in a row the handler was done with all that it had when more came. */
  #quick = 0
  /** What was read into last, where this content did not begin in the middle of it; whether that is so of what came last. */
  #spare: Buffer | undefined
  #took = false
  #requestOver = false
  #over = false

  constructor(parser: RequestParser, host: ContentHost) {
    this.#parser = parser
    this.#host = host
  }

  /** Whether the handler waits for bytes that have not come. */
  get waiting(): boolean {
    return this.#waiter !== undefined
  }

  pull(): Content | undefined | PromiseLike<Content | undefined> {
    if (this.#over) return undefined
    if (this.#requestOver) throw requestOver()
    if (!this.started) {
      this.started = true
      this.#host.contentStarted()
    }
    const frame = this.#next()
    if (frame !== 'wanted') return frame
    this.#host.contentWanted()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  lend(): void {
    this.#lends = !this.started
  }

  /** Takes note of memory that was given away with what was read into it. */
  gave(memory: Buffer): void {
    // Content that began in the middle of it shares it with what came before, which somebody may keep.
    this.#spare = this.#lends && this.#took && !this.#over ? memory : undefined
    this.#took = false
  }

  /** Memory for the next read: what was given before the last, where the handler lends and is done with it. */
  takeMemory(): Buffer | undefined {
    if (this.#quick < quickReads) return undefined
    const free = this.#spare
    this.#spare = undefined
    return free ?? Buffer.allocUnsafeSlow(ownBytes)
  }

  /** The handler does not want the rest; the connection reads it out, within bounds. */
  close(): void {
    this.#end()
    this.#take()?.resolve(undefined)
  }

  /** The response is out: what the handler has not read is the connection's to read, and may be the next request. */
  requestOver(): void {
    this.#requestOver = true
    this.#spare = undefined
    this.#take()?.reject(requestOver())
  }

  /** Whether the content will not come whole. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Bytes have arrived. */
  arrived(): void {
    this.#took = true
    this.#quick = this.#waiter === undefined ? 0 : this.#quick + 1
    this.#give()
  }

  #give(): void {
    if (this.#waiter === undefined) return
    try {
      const frame = this.#next()
      if (frame === 'wanted') return this.#host.contentWanted()
      this.#take()?.resolve(frame)
    } catch (error) {
      this.#take()?.reject(error)
    }
  }

  /** The client will send no more: what has not come will not. */
  inputEnded(): void {
    this.#noMore = true
    this.#give()
  }

  /** The content will not come; the handler is told now, or when it asks. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#give()
  }

  #next(): Content | undefined | 'wanted' {
    try {
      const event = this.#parser.next()
      if (event === undefined) {
        if (this.#failure !== undefined) throw this.#failure.error
        if (this.#noMore) this.#parser.finish()
        return 'wanted'
      }
      switch (event.kind) {
        case 'data':
        case 'trailers':
          return event
        case 'end':
          this.#end()
          return undefined
        case 'head':
          throw new BodyError(
            'BODY_INVALID',
            'Cannot read the content: found another request in it',
          )
      }
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #end(): void {
    this.#over = true
    this.#spare = undefined
  }

  #take(): Waiter | undefined {
    const waiter = this.#waiter
    this.#waiter = undefined
    return waiter
  }
}
