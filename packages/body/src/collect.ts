import { BodyError } from './body-error.ts'
import { ByteQueue } from './engine/byte-queue.ts'
import { closeQuietly } from './engine/close-quietly.ts'
import { checkCount } from './engine/limits.ts'
import { checkSignal } from './engine/on-abort.ts'
import { isPromiseLike, pullFrom } from './engine/pull.ts'
import { stopOnAbort } from './engine/stop-on-abort.ts'
import { TurnSampler, yieldTurn } from './engine/turn-sampler.ts'
import { noFields } from './fields.ts'
import { isTrailers } from './kinds.ts'
import { endAfterTrailers, nextContent } from './next-data.ts'
import type { Pull } from './engine/pull.ts'
import type { AnyFrame, Body, Bytes, Fields } from './frames.ts'

export interface CollectOptions {
  /** The most bytes that the body may have; 1 MiB by default, `Infinity` for no limit. */
  readonly maxBytes?: number
  /** Stops the reading when it aborts. In a handler, pass `request.client.signal`, or `AbortSignal.timeout(ms)`. */
  readonly signal?: AbortSignal | undefined
}

export interface Collected {
  readonly bytes: Bytes
  /** Empty if the body had none. */
  readonly trailers: Fields
}

const defaultMaxBytes = 1_048_576

/**
 * Reads a body to its end.
 *
 * Holds at most `maxBytes`. Copies once, at the end, if there was more than one frame; runs of small frames are copied twice. A
 * body whose `byteLength` is over the limit is closed unread. Waits for pauses, and calls the receipts of flushes.
 *
 * When `signal` aborts, the body is closed exactly once, and the promise rejects with the reason of the signal. It does not wait
 * for the closing. If the signal has aborted before the call, nothing is read.
 *
 * @param options.maxBytes Bytes, 1 MiB by default.
 * @throws {RangeError} By the promise, as all errors: when `maxBytes` is neither a whole number of 0 or more nor `Infinity`.
 * @throws {BodyError} `BODY_TOO_LARGE` (413), with the source closed; `BODY_USED` when the body was being read at the call.
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
  if (options.signal !== undefined) checkSignal(options.signal)
  const source = pullFrom(body)
  const read = () => readAll(source, body, maxBytes)
  return options.signal === undefined ? read() : stopOnAbort(options.signal, source, read)
}

const readAll = async (
  source: Pull<AnyFrame>,
  body: Body<AnyFrame>,
  maxBytes: number,
): Promise<Collected> => {
  if (body.byteLength !== undefined && body.byteLength > maxBytes) {
    throw await tooLarge(source, body.byteLength, maxBytes)
  }
  const held = new ByteQueue()
  const sampler = new TurnSampler()
  for (;;) {
    const answer = nextContent(source)
    const frame = isPromiseLike(answer) ? await answer : answer
    if (frame === undefined || isTrailers(frame)) {
      if (frame !== undefined) await endAfterTrailers(source)
      return { bytes: held.take(held.byteLength), trailers: frame?.fields ?? noFields }
    }
    held.push(frame.bytes)
    if (held.byteLength > maxBytes) throw await tooLarge(source, held.byteLength, maxBytes)
    if (sampler.isTurnOver()) await yieldTurn()
  }
}

/**
 * Reads a body to its end as bytes; options, waits and errors as `collect`.
 *
 * @example
 * ```ts
 * import { readBytes, toBody } from '@sluice/body'
 *
 * if ((await readBytes(toBody('hello'))).length !== 5) throw new Error('not whole')
 * ```
 */
export const readBytes = async (body: Body<AnyFrame>, options?: CollectOptions): Promise<Bytes> =>
  (await collect(body, options)).bytes

/**
 * Reads a body to its end as UTF-8, ill-formed sequences as U+FFFD; options, waits and errors as `collect`.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 *
 * if ((await readText(toBody('hello'))) !== 'hello') throw new Error('not whole')
 * ```
 */
export const readText = async (body: Body<AnyFrame>, options?: CollectOptions): Promise<string> =>
  new TextDecoder().decode(await readBytes(body, options))

/**
 * Reads a body to its end as JSON; options, waits and errors as `collect`.
 *
 * @throws {BodyError} `JSON_INVALID` (400), with the parser's error as its cause.
 *
 * @example
 * ```ts
 * import { readJson, toBody } from '@sluice/body'
 *
 * const value = await readJson(toBody('{"n":1}'))
 * if (JSON.stringify(value) !== '{"n":1}') throw new Error('not parsed')
 * ```
 */
export const readJson = async (
  body: Body<AnyFrame>,
  options?: CollectOptions,
): Promise<unknown> => {
  const read = await readText(body, options)
  try {
    return JSON.parse(read)
  } catch (cause) {
    throw new BodyError('JSON_INVALID', 'Cannot read the body: it is not JSON', { cause })
  }
}

const tooLarge = async (source: Pull<AnyFrame>, found: number, maxBytes: number) => {
  await closeQuietly(source)
  return new BodyError(
    'BODY_TOO_LARGE',
    `Cannot read the body: found ${found} bytes or more, wanted at most ${maxBytes}`,
  )
}
