import { BodyError } from './body-error.ts'
import { concat } from './bytes.ts'
import { noFields } from './fields.ts'
import { checkCount } from './limits.ts'
import { endAfterTrailers, nextContent } from './next-data.ts'
import { isPromiseLike, pullFrom } from './pull.ts'
import type { AnyFrame, Body, Fields } from './frames.ts'
import type { Pull } from './pull.ts'

export interface CollectOptions {
  /** Bytes that the body may have; 1 MiB by default, `Infinity` for no bound. */
  readonly maxBytes?: number
}

export interface Collected {
  readonly bytes: Uint8Array
  /** Empty where the body had none. */
  readonly trailers: Fields
}

const defaultMaxBytes = 1_048_576

/**
 * Reads a body to its end.
 *
 * Holds at most `maxBytes` and copies once, at the end, where there was more than one frame. A body whose `byteLength` is
 * over the bound is closed unread. Waits for pauses; tells flushes that they have been read.
 *
 * @param options.maxBytes Bytes, 1 MiB by default.
 * @throws {RangeError} At the call, when `maxBytes` is not a whole number of 0 or more, or `Infinity`.
 * @throws {BodyError} `BODY_TOO_LARGE` (413) while reading, with the source closed; `BODY_USED` when the body has been read.
 *
 * @example
 * ```ts
 * import { collect, toBody } from '@sluice/body'
 *
 * const { bytes } = await collect(toBody('hello'), { maxBytes: 5 })
 * if (bytes.length !== 5) throw new Error('not whole')
 * ```
 */
export const collect = async (
  body: Body<AnyFrame>,
  options: CollectOptions = {},
): Promise<Collected> => {
  const maxBytes = checkCount('maxBytes', options.maxBytes ?? defaultMaxBytes, 0)
  const source = pullFrom(body)
  if (body.byteLength !== undefined && body.byteLength > maxBytes) {
    throw await tooLarge(source, body.byteLength, maxBytes)
  }
  const parts: Uint8Array[] = []
  let byteLength = 0
  for (;;) {
    const answer = nextContent(source)
    const frame = isPromiseLike(answer) ? await answer : answer
    if (frame === undefined) return { bytes: concat(parts, byteLength), trailers: noFields }
    if (frame.kind === 'trailers') {
      await endAfterTrailers(source)
      return { bytes: concat(parts, byteLength), trailers: frame.fields }
    }
    byteLength += frame.bytes.length
    if (byteLength > maxBytes) throw await tooLarge(source, byteLength, maxBytes)
    parts.push(frame.bytes)
  }
}

/**
 * Reads a body to its end as bytes; bounds, waits and errors as `collect`.
 *
 * @example
 * ```ts
 * import { bytes, toBody } from '@sluice/body'
 *
 * if ((await bytes(toBody('hello'))).length !== 5) throw new Error('not whole')
 * ```
 */
export const bytes = async (body: Body<AnyFrame>, options?: CollectOptions): Promise<Uint8Array> =>
  (await collect(body, options)).bytes

/**
 * Reads a body to its end as UTF-8, ill-formed sequences as U+FFFD; bounds, waits and errors as `collect`.
 *
 * @example
 * ```ts
 * import { text, toBody } from '@sluice/body'
 *
 * if ((await text(toBody('hello'))) !== 'hello') throw new Error('not whole')
 * ```
 */
export const text = async (body: Body<AnyFrame>, options?: CollectOptions): Promise<string> =>
  new TextDecoder().decode(await bytes(body, options))

/**
 * Reads a body to its end as JSON; bounds, waits and errors as `collect`.
 *
 * @throws {BodyError} `JSON_INVALID` (400), with the parser's error as its cause.
 *
 * @example
 * ```ts
 * import { json, toBody } from '@sluice/body'
 *
 * const value = await json(toBody('{"n":1}'))
 * if (JSON.stringify(value) !== '{"n":1}') throw new Error('not parsed')
 * ```
 */
export const json = async (body: Body<AnyFrame>, options?: CollectOptions): Promise<unknown> => {
  const read = await text(body, options)
  try {
    return JSON.parse(read)
  } catch (cause) {
    throw new BodyError('JSON_INVALID', 'Cannot read the body: it is not JSON', { cause })
  }
}

const tooLarge = async (source: Pull<AnyFrame>, found: number, maxBytes: number) => {
  await source.close()
  return new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read the body: found ${found} bytes or more, wanted at most ${maxBytes}`,
  )
}
