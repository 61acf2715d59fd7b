import { noFields } from '@sluice/body'
import { flatFields } from '@sluice/body/engine'
import { checkInformational, RequestClient } from '@sluice/stack/host'
import { informationalHead } from '../http1/informational-head.ts'
import type { Fields } from '@sluice/body'
import type { ClientTls } from '@sluice/stack'
import type { ExchangeConnection } from './exchange-connection.ts'

/** The other end of the connection, for the time of one request. */
export class ServerClient extends RequestClient {
  readonly #connection: ExchangeConnection

  constructor(connection: ExchangeConnection) {
    super()
    this.#connection = connection
  }

  get address(): string {
    return this.#connection.address
  }

  get port(): number {
    return this.#connection.port
  }

  get tls(): ClientTls | undefined {
    return this.#connection.tls
  }

  get draining(): AbortSignal {
    return this.#connection.context.draining
  }

  get hasLeft(): boolean {
    return this.#connection.clientGone
  }

  inform(status: number, fields?: Fields): void {
    checkInformational(status)
    const head = informationalHead(status, flatFields(fields ?? noFields))
    this.#connection.inform(this, head)
  }
}
