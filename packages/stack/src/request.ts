import { fields, toBody } from '@sluice/body'
import type { ContentInput, FieldsInit } from '@sluice/body'
import type { Client, HttpRequest } from './http.ts'

export interface RequestParts {
  /** `GET` by default. */
  readonly method?: string
  /** None by default. */
  readonly headers?: FieldsInit
  /** Text, bytes, or an iterable of them, or a body; without content by default. */
  readonly body?: ContentInput
  /** By default one at 192.0.2.1 that stays: its signals never abort, and `inform` does nothing. */
  readonly client?: Client
  /** `1.1` by default. */
  readonly version?: HttpRequest['version']
}

/**
 * A request without a server, for tests and for hosts.
 *
 * Nothing is added: without `headers` it has no fields, not even `host` or `content-length`.
 *
 * @param target As it would come: a path with its query, encoded; `/` by default.
 * @throws {TypeError} At the call, if a field is invalid or `body` cannot be a body.
 *
 * @example
 * import { request, text, type Handler } from '@sluice/stack'
 *
 * const app: Handler = ({ method, target }) => text(`${method} ${target}`)
 * const response = await app(request('/tea?sugar=2', { method: 'POST', body: 'Assam' }))
 * if (response.status !== 200) throw new Error('refused')
 */
export const request = (
  target = '/',
  { method = 'GET', headers, body = null, client, version = '1.1' }: RequestParts = {},
): HttpRequest => ({
  method,
  target,
  version,
  headers: fields(headers),
  body: toBody(body),
  client: client ?? stayingClient(),
})

/** A signal for each: a test that listens to it leaves nothing to the next. The address is one for documentation (RFC 5737). */
const stayingClient = (): Client => ({
  signal: new AbortController().signal,
  draining: new AbortController().signal,
  address: '192.0.2.1',
  port: 49_152,
  inform() {},
})
