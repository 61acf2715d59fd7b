import { flatFields, listMembers } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import {
  agreedLength,
  checkedLength,
  contentRule,
  isConnectionField,
  responseInvalid,
} from '@sluice/stack/host'
import { addLine } from './grouped.ts'
import type { HttpRequest, HttpResponse } from '@sluice/stack'

/** The head of a response, checked. Node adds the fields of the connection, of the framing and `date`. */
export interface ResponseHead {
  readonly status: number
  /** Names and values in turn. The values of a name that stands several times are an array: Node keeps these lines apart. */
  readonly flat: (string | string[])[]
  /** Whether content is sent: not after HEAD, 204, 205 and 304. */
  readonly hasContent: boolean
  /** Bytes of content, as the head says; `undefined` if it is not known. */
  readonly length: number | undefined
  /** Names of fields that belong to the connection and were left out. */
  readonly dropped: readonly string[]
}

const noNames: readonly string[] = []

/**
 * Checks the head of a response, and adds its length if it is known.
 *
 * @param isDraining Whether the server begins to close. A client that reconnects to it by the same connection would keep that open.
 * @throws {HttpError} `RESPONSE_INVALID` (500): the status is not a final one, or a length is invalid, or two lengths differ.
 * `NOT_IMPLEMENTED` (501): a successful response to CONNECT that takes no connection over.
 */
export const responseHead = (
  { method, version }: Pick<HttpRequest, 'method' | 'version'>,
  response: HttpResponse,
  isDraining: boolean,
): ResponseHead => {
  const { status } = response
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw responseInvalid(`the status ${status}`)
  if (method === 'CONNECT' && status < 300)
    throw new HttpError('NOT_IMPLEMENTED', 'Cannot tunnel: the handler takes no connection over')
  const writer = new HeadWriter(method, version, response)
  if (isDraining) writer.closeConnection()
  return writer.head()
}

class HeadWriter {
  readonly #method: string
  readonly #version: HttpRequest['version']
  /** RFC 9113 8.2.2: HTTP/2 has no fields of the connection. */
  readonly #multiplexed: boolean
  readonly #response: HttpResponse
  readonly #bodyLength: number | undefined
  readonly #flat: (string | string[])[] = []
  #givenLength: string | undefined
  #length: number | undefined
  #dropped: string[] | undefined
  #closes = false

  constructor(method: string, version: HttpRequest['version'], response: HttpResponse) {
    this.#method = method
    this.#version = version
    this.#multiplexed = version === '2' || version === '3'
    this.#response = response
    this.#bodyLength = checkedLength(response.body.byteLength)
    this.#length = this.#bodyLength
  }

  /** RFC 9112 9.6. Only once: the response may say so, too. */
  closeConnection(): void {
    if (this.#multiplexed) return
    this.#closes = true
    addLine(this.#flat, 'connection', 'close')
  }

  head(): ResponseHead {
    const { status, headers } = this.#response
    const given = flatFields(headers)
    for (let i = 0; i < given.length; i += 2) this.#add(given[i] ?? '', given[i + 1] ?? '')
    const rule = contentRule(status)
    const announced = this.#announced(rule)
    const hasContent = rule === 'may have content' && this.#method !== 'HEAD'
    if (announced !== undefined) this.#flat.push('content-length', String(announced))
    this.#checkTrailer(hasContent && announced === undefined)
    return {
      status,
      flat: this.#flat,
      hasContent,
      length: announced,
      dropped: this.#dropped ?? noNames,
    }
  }

  /** In HTTP/1, only chunked content can have trailers. Node refuses a head that announces them for other content. */
  #checkTrailer(hasUnknownLength: boolean): void {
    if (this.#multiplexed || (hasUnknownLength && this.#version === '1.1')) return
    const at = this.#flat.indexOf('trailer')
    if (at >= 0 && at % 2 === 0) this.#flat.splice(at, 2)
  }

  /** The content-length that is sent. */
  #announced(rule: ReturnType<typeof contentRule>): number | undefined {
    switch (rule) {
      case 'may have content':
        return this.#length
      case 'has no length':
        return undefined
      case 'has the length 0':
        return 0
      case 'has the length of a 200':
        return this.#length === 0 ? undefined : this.#length
    }
  }

  #add(name: string, value: string): void {
    if (name === 'content-length') this.#takeLength(value)
    else if (isConnectionField(name)) this.#takeConnectionField(name, value)
    else addLine(this.#flat, name, value)
  }

  #takeLength(value: string): void {
    if (this.#givenLength !== undefined && this.#givenLength !== value)
      throw responseInvalid('two values of content-length')
    this.#givenLength = value
    this.#length = agreedLength(this.#method, this.#response.status, this.#bodyLength, value)
  }

  #takeConnectionField(name: string, value: string): void {
    const upgrades = this.#response.status === 426
    const options = name === 'connection' ? listMembers(value) : []
    if (!this.#multiplexed) {
      if (name === 'upgrade' && upgrades) {
        // RFC 9110 15.5.22 and 7.8.
        addLine(this.#flat, 'upgrade', value)
        return addLine(this.#flat, 'connection', 'upgrade')
      }
      if (options.includes('close') && !this.#closes) addLine(this.#flat, 'connection', 'close')
    }
    if (name === 'connection' && options.every(isDoneAnyway)) return
    this.#dropped ??= []
    this.#dropped.push(name)
  }
}

/** Whether Node does what the option says without it. Leaving it out is then no error. */
const isDoneAnyway = (option: string): boolean =>
  option === 'close' || option === 'keep-alive' || option === 'upgrade'
