import { fields } from '@sluice/body'
import { watched } from './sources.ts'
import type { Body, Data, FieldsInit, Trailers } from '@sluice/body'
import type { Client, HttpRequest } from '@sluice/stack'

/** A client that stays and hears nothing. */
export const client: Client = {
  signal: new AbortController().signal,
  draining: new AbortController().signal,
  address: '192.0.2.1',
  port: 49152,
  inform() {},
}

export interface RequestParts {
  readonly method?: string
  readonly target?: string
  readonly headers?: FieldsInit
  readonly body?: Body<Data | Trailers>
}

/** A request as a server gives it, without a server. */
export const requestOf = (parts: RequestParts = {}): HttpRequest => ({
  method: parts.method ?? 'GET',
  target: parts.target ?? '/',
  version: '1.1',
  headers: fields(parts.headers),
  body: parts.body ?? watched<Data>([]).body,
  client,
})
