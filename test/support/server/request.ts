import { request } from '@sluice/stack'
import { watched } from '../bodies/sources.ts'
import type { Body, Data, FieldsInit, Trailers } from '@sluice/body'
import type { Client, HttpRequest } from '@sluice/stack'

/** A client that stays and hears nothing. */
export const client: Client = request().client

export interface RequestParts {
  readonly method?: string
  readonly target?: string
  readonly headers?: FieldsInit
  readonly body?: Body<Data | Trailers>
}

/** A request as a server gives it, without a server. */
export const requestOf = ({ target, ...parts }: RequestParts = {}): HttpRequest =>
  request(target, { client, body: watched<Data>([]).body, ...parts })
