import { HttpError } from '@sluice/stack'
import { Exchange } from './exchange.ts'
import { Output } from './output.ts'
import { requestParser } from './request-parser.ts'
import { refusal } from './response-head.ts'
import { clientGone } from './server-client.ts'
import type { Socket } from 'node:net'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { ExchangeHost } from './exchange.ts'
import type { ConnectionLimits } from './options.ts'
import type { RequestParser } from './request-parser.ts'
import type { TakeOver } from './take-over.ts'

/** What connections share. */
export interface ConnectionHost {
  readonly handler: Handler
  readonly limits: ConnectionLimits
  readonly draining: AbortSignal
  /** Milliseconds on a clock that does not jump, to within the tick of the server's timer. */
  readonly now: number
  /** The value of Date. */
  readonly date: string
  /** Whether connections are plain TCP. */
  readonly tcp: boolean
  /** Whether the server is closing. */
  readonly closing: boolean
  report(error: unknown, request: HttpRequest | undefined): void
  /** The connection has closed. */
  left(connection: Connection): void
}

/**
 * `open`: it serves requests; `unread`: an answer is out and the content of its request is being read out; `lingering`: all is
 * said, and what the client still sends is read so that a reset does not eat its answer.
 */
type State = 'open' | 'unread' | 'lingering' | 'taken over' | 'closed'

/** Bytes received and not asked for at which reading from the socket stops. */
const maxBufferedBytes = 65_536

/** Nobody may keep a connection lingering longer, whatever they send. */
const maxLingerMs = 30_000

/** A client's connection: one request at a time, in order. */
export class Connection implements ExchangeHost {
  readonly parser: RequestParser
  readonly output: Output
  readonly #socket: Socket
  readonly #host: ConnectionHost
  #exchange: Exchange | undefined
  #state: State = 'open'
  #requests = 0
  #advancing = false
  #inputEnded = false
  #unreadBytes = 0
  /** When what is waited for began, when a byte last came, when the kernel last took some, when the body was last not paused. */
  #since: number
  #progress: number
  #taken: number
  #paused: number
  #failure: unknown
  readonly #tcp: boolean

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#tcp = host.tcp
    this.#host = host
    this.#since = host.now
    this.#progress = host.now
    this.#taken = host.now
    this.#paused = host.now
    this.parser = requestParser(host.limits)
    this.output = new Output(socket)
    socket.on('data', this.#receive).on('drain', this.#room).on('end', this.#end)
    socket.on('error', this.#failed).on('close', () => this.#closed())
  }

  get address(): string {
    return this.#socket.remoteAddress ?? ''
  }

  get port(): number {
    return this.#socket.remotePort ?? 0
  }

  get draining(): AbortSignal {
    return this.#host.draining
  }

  get limits(): ConnectionLimits {
    return this.#host.limits
  }

  get handler(): Handler {
    return this.#host.handler
  }

  get date(): string {
    return this.#host.date
  }

  get mayKeepAlive(): boolean {
    return !this.#host.closing && !this.#inputEnded
  }

  report(error: unknown, request: HttpRequest): void {
    this.#host.report(error, request)
  }

  /** The server is closing: a connection without a request goes now, one with a request after its answer. */
  drain(): void {
    if (this.#state === 'open' && this.#exchange === undefined) this.cut(false)
  }

  wanted(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  ended(keepAlive: boolean): void {
    this.#exchange = undefined
    this.#since = this.#host.now
    if (!keepAlive) return this.#finish()
    this.#state = 'unread'
    this.#unreadBytes = 0
    this.#advance()
  }

  takenOver(run: TakeOver): void {
    const socket = this.#socket
    this.output.write()
    this.#exchange = undefined
    this.#state = 'taken over'
    socket
      .off('data', this.#receive)
      .off('drain', this.#room)
      .off('end', this.#end)
      .off('error', this.#failed)
    const head = Buffer.concat(this.parser.takeRest())
    try {
      run(socket, head)
    } catch (error) {
      this.#host.report(error, undefined)
      this.cut(false)
    }
  }

  cut(reset: boolean): void {
    // Only TCP has a reset; on others the end says it as well as it can.
    if (reset && this.#tcp) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  /** Called about twice a second: acts where something takes too long. */
  tick(now: number): void {
    if (this.output.progressed || this.output.unfinished === 0) {
      this.output.progressed = false
      this.#taken = now
    } else if (now - this.#taken > this.limits.writeTimeoutMs) return this.cut(false)
    switch (this.#state) {
      case 'open':
        return this.#exchange === undefined
          ? this.#tickIdle(now)
          : this.#tickExchange(now, this.#exchange)
      case 'unread':
        if (now - this.#since > this.limits.lingerMs) this.#finish()
        return
      case 'lingering':
        if (this.output.unfinished > 0) this.#progress = now
        if (now - this.#progress > this.limits.lingerMs || now - this.#since > maxLingerMs)
          this.cut(false)
        return
      case 'taken over':
      case 'closed':
    }
  }

  #tickIdle(now: number): void {
    const { headTimeoutMs, idleTimeoutMs } = this.limits
    if (this.parser.state === 'head') {
      if (now - this.#since > headTimeoutMs) this.#refuse(timedOut('the head'))
    } else if (now - this.#since > (this.#requests === 0 ? headTimeoutMs : idleTimeoutMs))
      this.#finish()
  }

  #tickExchange(now: number, exchange: Exchange): void {
    const { contentTimeoutMs, requestTimeoutMs, pauseTimeoutMs } = this.limits
    if (exchange.content.waiting) {
      if (now - this.#progress > contentTimeoutMs || now - this.#since > requestTimeoutMs) {
        exchange.content.fail(timedOut('the content'))
      }
    }
    if (!exchange.paused) this.#paused = now
    else if (this.#inputEnded || now - this.#paused > pauseTimeoutMs) this.cut(false)
  }

  readonly #receive = (bytes: Uint8Array): void => {
    this.#progress = this.#host.now
    if (this.#state === 'lingering' || this.#state === 'closed') return
    const fresh = this.parser.state === 'idle' && this.parser.bufferedBytes === 0
    this.parser.receive(bytes)
    if (this.#exchange === undefined) {
      if (fresh) this.#since = this.#host.now
      return this.#advance()
    }
    this.#exchange.content.arrived()
    if (this.parser.bufferedBytes > maxBufferedBytes) this.#socket.pause()
  }

  /** Serves what has come, request by request; the answers to requests that came together are written together. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    try {
      while (this.#exchange === undefined && this.output.hasRoom && this.#step()) {
        if (this.output.gatheredBytes > this.limits.highWaterBytes) this.output.write()
      }
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#advancing = false
    }
    this.output.write()
    if (this.#exchange === undefined && this.output.hasRoom) this.wanted()
  }

  /** Takes one event of the parser; `false` where more bytes are wanted. */
  #step(): boolean {
    if (this.#state !== 'open' && this.#state !== 'unread') return false
    const event = this.parser.next()
    switch (event?.kind) {
      case 'head': {
        this.#requests++
        this.#progress = this.#host.now
        const exchange = new Exchange(event.head, this)
        this.#exchange = exchange
        exchange.start()
        return true
      }
      case 'data':
        this.#unreadBytes += event.bytes.length
        if (this.#unreadBytes > this.limits.maxUnreadBytes) this.#finish()
        return true
      case 'trailers':
        return true
      case 'end':
        return this.#next()
      case undefined:
        if (this.parser.state === 'ended') return this.#next()
        if (this.#inputEnded) this.#finish()
        return false
    }
  }

  #next(): true {
    this.#state = 'open'
    this.parser.nextRequest()
    return true
  }

  readonly #room = (): void => {
    if (this.#exchange === undefined) this.#advance()
    else this.#exchange.pump()
  }

  /** The client will send no more. It may have closed, or only its half: Go's way, the signal is told, the answer is sent. */
  readonly #end = (): void => {
    this.#inputEnded = true
    const exchange = this.#exchange
    if (exchange === undefined) return this.#advance()
    exchange.inputEnded(clientGone())
    if (exchange.paused) this.cut(false)
  }

  /** Answers a request that is no request, once, and closes. Nothing after it is parsed. */
  #refuse(error: unknown): void {
    if (this.#state !== 'open' && this.#state !== 'unread') return
    if (this.#state === 'open') {
      this.output.text(refusal(error, this.date))
    }
    this.#finish()
  }

  /** Writes what is gathered and says no more; reads what the client still sends, so that no reset eats the answer. */
  #finish(): void {
    this.output.write()
    this.#state = 'lingering'
    this.#since = this.#host.now
    this.#progress = this.#host.now
    this.parser.takeRest()
    this.#socket.end()
    this.wanted()
  }

  readonly #failed = (error: unknown): void => {
    this.#failure = error
  }

  #closed(): void {
    this.#state = 'closed'
    this.output.lose()
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.abandon(clientGone(this.#failure))
    this.#host.left(this)
  }
}

const timedOut = (what: string) =>
  new HttpError('REQUEST_TIMEOUT', `Cannot read the request: ${what} took too long to come`)
