import { BodyError } from '@sluice/body'
import { afterTurn, TurnSampler } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { parserWith } from '../http1/request-parser.ts'
import { refusal } from '../http1/response-head.ts'
import { callUser } from './call-user.ts'
import { Exchange } from './exchange.ts'
import { clientGone } from './server-client.ts'
import { handOver, hear, peerOf, tlsOf } from './socket.ts'
import { clockMs, Patience } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'
import type { Socket } from 'node:net'
import type { ErrorReports } from '@sluice/body/engine'
import type { ClientTls } from '@sluice/stack'
import type { ConnectionParser } from '../http1/request-parser.ts'
import type { TakeOver } from '../take-over.ts'
import type { ExchangeHost } from './exchange.ts'
import type { Shared } from './server-context.ts'
import type { SocketListener } from './socket.ts'
import type { Verdict, Waits } from './timeouts.ts'

/**
 * `open`: it serves requests; `unread`: an answer is out and the content of its request is being read out; `lingering`: all is
 * said, and what the client still sends is read so that a reset does not eat its answer.
 */
type State = 'open' | 'unread' | 'lingering' | 'taken over' | 'closed'

/** Bytes received and not asked for at which reading from the socket stops. */
const maxBufferedBytes = 16_384

/** Bytes of content to come for which memory of its own is worth while. */
const muchBytes = 65_536

/** So long a connection that has just come may keep a server that is closing. */
const firstRequestMs = 500

/** Requests that came together are served in turns that all bodies share. One for all connections: their requests are alike. */
const sampler = new TurnSampler()

/** Ticks between two looks whether a client that is not read from has reset the connection: about a second. */
const ticksToProbe = 4

/** A client's connection: one request at a time, in order. */
export class Connection implements ExchangeHost, SocketListener, ErrorReports {
  readonly parser: ConnectionParser
  readonly output: WriteBuffer
  readonly address: string
  readonly port: number
  readonly tls: ClientTls | undefined
  readonly #socket: Socket
  readonly shared: Shared
  #exchange: Exchange | undefined
  #state: State = 'open'
  #requests = 0
  readonly #cameAt: number = clockMs()
  #advancing = false
  /** Whether it goes on with its requests in the next turn of the event loop. */
  #yields = false
  #ticks = 0
  #inputEnded = false
  /** Whether all input was read and served when the connection began to linger, and nothing has come since. */
  #readAll = false
  #unreadBytes = 0
  readonly #patience = new Patience()
  #failure: unknown
  readonly #tcp: boolean

  constructor(accepted: Socket, shared: Shared) {
    const socket = hear(accepted, this, shared.lean)
    this.#socket = socket
    const { address, port } = peerOf(socket, socket !== accepted)
    this.address = address
    this.port = port
    this.tls = shared.plain ? undefined : tlsOf(socket)
    this.#tcp = shared.plain && address !== ''
    this.shared = shared
    this.parser = parserWith(shared.limits)
    this.output = new WriteBuffer(socket, this, shared.lean)
  }

  report(error: unknown): void {
    this.shared.report(error, this.#exchange?.request)
  }

  get mayKeepAlive(): boolean {
    // What came before the end of input is served.
    return !this.shared.closing && (!this.#inputEnded || this.parser.bufferedBytes > 0)
  }

  get clientGone(): boolean {
    return this.#inputEnded || this.#socket.destroyed || this.#socket.errored !== null
  }

  /**
   * When the server is closing, a connection without a request closes at once, one with a request when the kernel has its response.
   */
  drain(): void {
    if (!this.shared.closing) return
    if (this.#state === 'lingering') {
      // As in `node:http`: the client will send no more, and the kernel delivers the rest.
      if (this.#readAll && this.#socket.writableFinished) this.cut()
      return
    }
    if (!this.#isIdle) return
    // The first request of a connection that has just come is in the kernel, or on its way: it is waited for a moment.
    if (this.#requests === 0 && clockMs() - this.#cameAt < firstRequestMs) return
    if (this.output.unsentBytes === 0 && this.output.readyBytes === 0) this.cut()
    else this.#finish()
  }

  get #isIdle(): boolean {
    const { state, bufferedBytes } = this.parser
    return (
      this.#state === 'open' &&
      this.#exchange === undefined &&
      state === 'idle' &&
      bufferedBytes === 0
    )
  }

  wanted(): void {
    this.#patience.came()
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  ended(keepAlive: boolean): void {
    this.#exchange = undefined
    this.#patience.begin()
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
    handOver(socket)
    const head = Buffer.concat(this.parser.takeRest())
    callUser(
      () => run(socket, head),
      (error) => {
        this.shared.report(error, undefined)
        this.cut()
      },
    )
  }

  breakOff(reset: boolean): void {
    this.#exchange = undefined
    if (!reset || !this.#tcp) return this.#finish()
    this.#state = 'lingering'
    this.#patience.begin()
    this.output.flush(() => this.#socket.resetAndDestroy())
  }

  /** Ends the connection at once. */
  cut(): void {
    // An orderly end would make content that ends with the connection look whole. Only TCP has a reset.
    if (this.#tcp && this.#exchange?.endsWithConnection === true) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  /** Called about four times a second: whether something seems to take too long. Input may still wait in the kernel. */
  isLate(now: number): boolean {
    // What the socket holds then is another's, and so is how long it may wait.
    if (this.#state === 'taken over') return false
    this.drain()
    if (++this.#ticks % ticksToProbe === 0) this.#probe()
    return this.#look(now, now) !== 'wait'
  }

  /**
   * A socket that is not read from does not hear of a reset. A write of nothing sends nothing, and fails if there was one.
   */
  #probe(): void {
    const isUnread = this.#exchange !== undefined && this.#socket.isPaused()
    if (isUnread && this.output.unsentBytes === 0) this.#socket.write('')
  }

  /**
   * Acts if something still takes too long.
   *
   * @param asOf All input up to this time has been read.
   */
  endWait(asOf: number, now: number): void {
    if (this.#state === 'taken over' || this.#state === 'closed') return
    const verdict = this.#look(asOf, now)
    switch (verdict) {
      case 'wait':
        return
      case 'cut':
        return this.cut()
      case 'cut pause':
        this.report(pausedTooLong(this.shared.limits.pauseTimeoutMs))
        return this.cut()
      case 'finish':
        return this.#finish()
      case 'refuse head':
        this.#patience.tellLate()
        return this.#refuse(timedOut('the head'))
      case 'fail content':
        this.#patience.tellLate()
        return this.#exchange?.content?.fail(timedOut('the content'))
    }
  }

  #look(asOf: number, now: number): Verdict {
    const exchange = this.#exchange
    const { output } = this
    const waits = {
      for: this.#waitsFor(),
      first: this.#requests === 0,
      content: exchange?.content?.waiting === true,
      pause: exchange?.pause ?? 0,
      unsent: output.unsentBytes > 0,
      sentBytes: output.sentBytes,
      progress: this.#inputEnded && exchange !== undefined ? this.#progressOf(exchange) : undefined,
    }
    return this.#patience.look(asOf, now, waits, this.shared.limits)
  }

  /** A number that changes whenever bytes were sent, content was read, or a pause or a request began or ended. */
  #progressOf({ pause }: Exchange): number {
    return this.output.sentBytes - this.parser.bufferedBytes + pause + this.#requests
  }

  #waitsFor(): Waits['for'] {
    // A client that has to read before more is served is waited for as long as a write is.
    if (this.#exchange === undefined && !this.output.hasRoom) return 'nothing'
    switch (this.#state) {
      case 'open':
        if (this.#exchange !== undefined) return 'request'
        return this.parser.state === 'head' ? 'head' : 'idle'
      case 'unread':
      case 'lingering':
        return this.#state
      case 'taken over':
      case 'closed':
        return 'nothing'
    }
  }

  received(bytes: Uint8Array): void {
    if (!this.#takesInput()) return
    this.parser.receive(bytes)
    this.#serve()
  }

  lent(memory: Buffer, length: number): void {
    if (!this.#takesInput()) return
    this.parser.lend(memory, length)
    try {
      this.#serve()
    } finally {
      this.parser.keep()
    }
  }

  memoryAfter(given: Buffer | undefined, isFull: boolean): Buffer | undefined {
    const content = this.#exchange?.content
    if (content === undefined) return undefined
    const reads = this.parser.contentBytesLeft >= muchBytes && !this.#socket.isPaused()
    const memory = isFull && reads ? content.takeMemory() : undefined
    if (given !== undefined) content.gave(given)
    return memory
  }

  #takesInput(): boolean {
    if (this.#isIdle) this.#patience.begin()
    else this.#patience.came()
    this.#readAll = false
    return this.#state !== 'lingering' && this.#state !== 'closed'
  }

  #serve(): void {
    if (this.#exchange === undefined) this.#advance()
    else this.#exchange.content?.arrived()
    // Who does not take answers, or content, is not read from.
    if (this.#mayWait && this.parser.bufferedBytes > maxBufferedBytes) this.#socket.pause()
  }

  /** Whether what has come may be left for later; what is not, and is there, is of an unfinished head, and has a bound of its own. */
  get #mayWait(): boolean {
    return this.#exchange !== undefined || this.#yields || !this.output.hasRoom
  }

  /** Serves what has come, request by request; the answers to requests that came together are written together. */
  #advance(): void {
    if (this.#advancing || this.#yields) return
    this.#advancing = true
    try {
      while (this.#exchange === undefined && this.output.hasRoom && this.#step()) {
        if (this.output.readyBytes > this.shared.limits.highWaterBytes) this.output.write()
        if (this.parser.bufferedBytes > 0 && sampler.isTurnOver()) {
          this.#yieldTurn()
          break
        }
      }
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#advancing = false
    }
    // Whoever has taken over may have paused it.
    if (this.#state === 'taken over') return
    this.output.write()
    if (this.#exchange === undefined && !this.#yields && this.output.hasRoom) this.wanted()
  }

  #yieldTurn(): void {
    this.#yields = true
    afterTurn(() => {
      this.#yields = false
      this.#advance()
    })
  }

  /** Takes one event of the parser; `false` where more bytes are wanted. */
  #step(): boolean {
    if (this.#state !== 'open' && this.#state !== 'unread') return false
    const event = this.parser.next()
    switch (event?.kind) {
      case 'head': {
        this.#requests++
        this.#patience.came()
        const exchange = new Exchange(event.head, this)
        this.#exchange = exchange
        if (this.#inputEnded) exchange.inputEnded(clientGone())
        exchange.start()
        return true
      }
      case 'data':
        this.#unreadBytes += event.bytes.length
        if (this.#unreadBytes > this.shared.limits.maxUnreadBytes) this.#finish()
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
    this.drain()
    return true
  }

  roomMade(): void {
    if (this.#exchange !== undefined) return this.#exchange.pump()
    if (this.#state !== 'lingering') this.#patience.begin()
    this.#advance()
  }

  /** The client will send no more. It may have closed, or only its half: Go's way, the signal is told, the answer is sent. */
  inputEnded(): void {
    this.#inputEnded = true
    const exchange = this.#exchange
    if (exchange === undefined) this.#advance()
    else exchange.inputEnded(clientGone())
  }

  /** Answers a request that is no request, once, and closes. Nothing after it is parsed. */
  #refuse(error: unknown): void {
    if (this.#state !== 'open' && this.#state !== 'unread') return
    if (this.#state === 'open') {
      this.output.add(refusal(error, this.shared.date))
    }
    this.#finish()
  }

  /** Writes what is gathered and says no more; reads what the client still sends, so that no reset eats the answer. */
  #finish(): void {
    this.output.write()
    this.#state = 'lingering'
    this.#patience.begin()
    const { state, contentBytesLeft, bufferedBytes } = this.parser
    this.#readAll =
      state !== 'refused' && state !== 'head' && contentBytesLeft === 0 && bufferedBytes === 0
    this.parser.takeRest()
    // One turn later, all that the client had sent by now has been read.
    if (this.shared.closing) this.#socket.end(() => setImmediate(() => this.drain()))
    else this.#socket.end()
    this.wanted()
  }

  failed(error: unknown): void {
    this.#failure = error
    // Most errors have destroyed it already. Node leaves it open if a client renegotiates TLS too often.
    this.#socket.destroy()
  }

  closed(): void {
    this.#state = 'closed'
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.abandon(clientGone(this.#failure))
    this.shared.left(this)
  }
}

const pausedTooLong = (ms: number) =>
  new BodyError('TIMED_OUT', `Cannot send the body: it paused for more than ${ms} ms`)

const timedOut = (what: string) =>
  new HttpError('REQUEST_TIMEOUT', `Cannot read the request: ${what} took too long to come`)
