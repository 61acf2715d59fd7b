import { fields } from '@sluice/body'
import {
  encodeText,
  flatFields,
  foundIn,
  isByteArray,
  isObject,
  noBytes,
} from '@sluice/body/engine'
import { jsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import { maxRecordBytes } from '../channel/ring-writer.ts'
import { blockingError } from '../errors.ts'
import { refusePromise } from './would-wait.ts'
import type { Fields, FieldsInit } from '@sluice/body'
import type { BlockingHead, BlockingWriter } from '../types.ts'
import type { LoopLink } from './loop-link.ts'

/** The head as it crosses to the loop. */
export interface HeadRecord {
  readonly status: number
  readonly headers: readonly string[]
  readonly byteLength?: number
}

/** The response of a blocking function: writes what the loop reads. */
export class RingOutput implements BlockingWriter {
  readonly #link: LoopLink
  #state: 'before head' | 'open' | 'after trailers' | 'finished' = 'before head'

  constructor(link: LoopLink) {
    this.#link = link
  }

  get hasBegun(): boolean {
    return this.#state !== 'before head'
  }

  get isFinished(): boolean {
    return this.#state === 'finished'
  }

  /** Begins the response. @param byteLength Of the content, if known. */
  begin(head: BlockingHead, byteLength?: number): void {
    if (!isObject(head))
      throw invalid('begin the response', `found ${foundIn(head)}, wanted an object`)
    this.#head(head, fields(head.headers), byteLength, false)
  }

  /** Sends a whole response. @param type The `content-type`, unless the head has one. */
  whole(head: BlockingHead, content: Uint8Array, type?: string): void {
    const given = fields(head.headers)
    const list =
      type === undefined || given.has('content-type') ? given : given.with('content-type', type)
    this.#head(head, list, content.length, true)
    if (content.length > 0) this.#link.writeData(content, true)
    this.finish()
  }

  #head(
    { status = 200 }: BlockingHead,
    list: Fields,
    byteLength: number | undefined,
    moreFollows: boolean,
  ): void {
    if (this.#state !== 'before head') throw invalid('begin the response', 'it has begun')
    const head: HeadRecord = {
      status,
      headers: flatFields(list),
      ...(byteLength === undefined ? {} : { byteLength }),
    }
    const bytes = jsonBytes(head)
    checkFits('the head', bytes)
    this.#link.write(record.head, bytes, moreFollows)
    this.#state = 'open'
  }

  write(content: string | Uint8Array): void {
    this.#checkOpen('write')
    const bytes = typeof content === 'string' ? encodeText(content) : content
    if (!isByteArray(bytes)) {
      refusePromise(content)
      throw invalid('write', `found ${foundIn(content)}, wanted a string or bytes`)
    }
    this.#link.writeData(bytes)
  }

  flush(): void {
    this.#checkOpen('flush')
    this.#link.write(record.flush, noBytes)
  }

  finish(trailers?: FieldsInit): void {
    this.#checkOpen('finish')
    if (trailers !== undefined) this.trailers(fields(trailers))
    this.#finish()
  }

  #finish(): void {
    this.#link.write(record.end, noBytes)
    this.#state = 'finished'
  }

  /** Writes trailers. Only the end may follow. */
  trailers(list: Fields): void {
    this.#checkOpen('write trailers')
    const bytes = jsonBytes([...list])
    checkFits('the trailers', bytes)
    this.#link.write(record.trailers, bytes, true)
    this.#state = 'after trailers'
  }

  /** Ends the response of a function that has returned. */
  end(): void {
    if (this.#state === 'before head')
      throw invalid('send the response', 'the function returned nothing and did not use respond()')
    if (this.#state !== 'finished') this.#finish()
  }

  #checkOpen(act: string): void {
    if (this.#state === 'open') return
    throw invalid(act, this.#state === 'before head' ? 'it has not begun' : 'it is finished')
  }
}

const checkFits = (what: string, { length }: Uint8Array): void => {
  if (length > maxRecordBytes)
    throw invalid(`send ${what}`, `found ${length} bytes, wanted at most ${maxRecordBytes}`)
}

const invalid = (act: string, found: string) =>
  blockingError('WORKER_RESULT_INVALID', `Cannot ${act}: ${found}`)
