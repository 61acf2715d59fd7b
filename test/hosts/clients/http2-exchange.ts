import { constants } from 'node:http2'
import { fields } from '@sluice/body'
import { Exchange, whenSent } from './exchange.ts'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { Fields } from '@sluice/body'
import type { Ask, Head } from './exchange.ts'

/** A request on a session of its own. */
export class Http2Exchange extends Exchange {
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream
  #trailers: Readonly<Record<string, string>> | undefined

  constructor(session: ClientHttp2Session, target: string, ask: Ask = {}) {
    super()
    const { method = 'GET', headers = {}, content = false } = ask
    this.#session = session
    session.on('error', () => this.arrived.end('cut'))
    session.on('close', () => this.arrived.end('cut'))
    const head = { ':method': method, ':path': target, ':authority': 'a.example', ...headers }
    const stream = session.request(head, { endStream: !content, waitForTrailers: content })
    this.#stream = stream
    stream.on('wantTrailers', () => stream.sendTrailers(this.#trailers ?? {}))
    stream.on('headers', (given) => this.arrived.inform(headOf(given)))
    stream.on('response', (given) => this.arrived.begin(headOf(given)))
    stream.on('trailers', (given) => {
      this.arrived.trailers = fieldsOf(given)
    })
    stream.on('data', (bytes: Buffer) => this.arrived.add(bytes))
    stream.on('end', () => {
      const isCut = stream.rstCode !== constants.NGHTTP2_NO_ERROR || stream.aborted
      this.arrived.end(isCut ? 'cut' : 'complete')
    })
    stream.on('error', () => this.arrived.end('cut'))
    stream.on('close', () => this.arrived.end('cut'))
  }

  override get localPort(): number | undefined {
    return this.#session.socket.localPort
  }

  override send(content: string, done?: () => void): void {
    this.#stream.write(content, 'latin1', whenSent(done))
  }

  override finish(trailers?: Readonly<Record<string, string>>): void {
    this.#trailers = trailers
    this.#stream.end()
  }

  override stall(): void {
    this.#stream.pause()
  }

  override goOn(): void {
    this.#stream.resume()
  }

  override leave(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  override async untilClosed(): Promise<string> {
    return ''
  }

  override close(): void {
    this.#session.destroy()
  }
}

const headOf = (given: IncomingHttpHeaders): Head => ({
  status: Number(given[':status']),
  fields: fieldsOf(given),
})

const fieldsOf = (given: IncomingHttpHeaders): Fields =>
  fields(
    Object.entries(given).flatMap(([name, value]) =>
      name.startsWith(':') || value === undefined
        ? []
        : [value].flat().map((each) => [name, each] as const),
    ),
  )
