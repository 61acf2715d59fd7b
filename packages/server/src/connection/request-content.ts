import { requestOver } from '@sluice/stack/host'
import { contentUnread, foundAnotherRequest } from './connection-errors.ts'
import { ownBytes } from './read-memory.ts'
import type { Data, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { RequestHead } from '../http1/request-head.ts'
import type { RequestParser } from '../http1/request-parser.ts'
import type { ExchangeConnection } from './exchange-connection.ts'

type Content = Data | Trailers
type Waiter = {
  resolve(frame: Content | undefined | PromiseLike<Content | undefined>): void
  reject(error: unknown): void
}

/** A handler has to keep up with this many reads in a row. With the first it always does, since it has waited for it. */
const quickReads = 2

/** Memory of its own is worth while if at least this many bytes of content are to come. */
const muchBytes = 65_536

/**
 * The content of a request, as its handler reads it.
 *
 * A handler's `pull` asks the parser for what has arrived. If nothing has, it asks the connection for more and waits. The
 * connection calls `arrived`, `inputEnded` or `fail`; all of them let the waiting handler try again.
 */
export class RequestContent implements Pull<Content> {
  /** Whether the handler has asked for content. */
  started = false
  readonly #parser: RequestParser
  readonly #connection: ExchangeConnection
  readonly #expectsContinue: boolean
  #waiter: Waiter | undefined
  #failure: { readonly error: unknown } | undefined
  #inputEnded = false
  #lends = false
  /** How often in a row the handler had taken everything when more came. */
  #quick = 0
  /** The memory of the last read, unless this content began in the middle of it, and whether the last read was content. */
  #spare: Buffer | undefined
  #took = false
  #requestOver = false
  #over = false

  constructor({ expectsContinue }: RequestHead, connection: ExchangeConnection) {
    this.#expectsContinue = expectsContinue
    this.#parser = connection.parser
    this.#connection = connection
  }

  /** Whether the handler waits for bytes that have not come. */
  get waiting(): boolean {
    return this.#waiter !== undefined
  }

  /** Whether the content will not come whole. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Whether the client still waits for `100 (Continue)`, which is sent when the handler begins to read. */
  get awaitsContinue(): boolean {
    return this.#expectsContinue && !this.started
  }

  pull(): Content | undefined | PromiseLike<Content | undefined> {
    if (this.#over) return undefined
    if (this.#requestOver) throw requestOver()
    if (!this.started) {
      this.started = true
      // A client that has begun to send does not wait.
      if (this.#expectsContinue && this.#parser.bufferedBytes === 0)
        this.#connection.inform(this, 'HTTP/1.1 100 Continue\r\n\r\n')
    }
    const frame = this.#next()
    if (frame !== 'wanted') return frame
    this.#connection.readMore()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  lend(): void {
    this.#lends = !this.started
  }

  /**
   * Memory for the next read: that of the read before the last if the handler lends and has let go of it, or new memory;
   * `undefined` if the handler does not keep up, or little is to come.
   *
   * @param given The memory of the last read, if it was given away with what was read into it.
   * @param isWanted Whether more is waiting to be read.
   */
  memoryAfter(given: Buffer | undefined, isWanted: boolean): Buffer | undefined {
    const isFast = isWanted && this.#quick >= quickReads
    const memory =
      isFast && this.#parser.contentBytesLeft >= muchBytes ? this.#takeSpare() : undefined
    if (given !== undefined) {
      // If content began in the middle of it, other code may keep the bytes before.
      this.#spare = this.#lends && this.#took && !this.#over ? given : undefined
      this.#took = false
    }
    return memory
  }

  #takeSpare(): Buffer {
    const free = this.#spare
    this.#spare = undefined
    return free ?? Buffer.allocUnsafeSlow(ownBytes)
  }

  /** The handler does not want the rest; the connection reads it out, within bounds. */
  close(): void {
    this.#end()
    this.#take()?.resolve(undefined)
  }

  /** The response is out: the connection reads what the handler has not read, and then the next request. */
  requestOver(): void {
    this.#requestOver = true
    this.#spare = undefined
    this.#take()?.reject(requestOver())
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
      if (frame === 'wanted') return this.#connection.readMore()
      this.#take()?.resolve(frame)
    } catch (error) {
      this.#take()?.reject(error)
    }
  }

  /** The client has closed its half: what has not come will not. */
  inputEnded(): void {
    this.#inputEnded = true
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
        if (this.#inputEnded) this.#parser.finish()
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
          throw foundAnotherRequest()
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

/**
 * RFC 9110 7.8: a request is read whole before the connection changes its protocol, so that none of its content is taken for the
 * other protocol.
 */
export const skipContent = (parser: RequestParser): void => {
  while (parser.state === 'content') {
    if (parser.next() === undefined) throw contentUnread()
  }
}
