import { decodeText, encodeText, foundIn } from '@sluice/body/engine'
import { hubError } from '../errors.ts'

/**
 * Checks the reason of `stop`.
 *
 * @throws {TypeError} When it is no string.
 * @throws {BodyError} `ENTRY_TOO_LARGE`, when it has more than `maxBytes`.
 */
export const checkReason = (
  topic: string,
  reason: string | undefined,
  maxBytes: number,
): string | undefined => {
  if (reason === undefined) return undefined
  const act = `Cannot stop the topic ${JSON.stringify(topic)}`
  if (typeof reason !== 'string')
    throw new TypeError(`${act}: found ${foundIn(reason)}, wanted a string`)
  const found = encodeText(reason).length
  if (found <= maxBytes) return reason
  throw hubError(
    'ENTRY_TOO_LARGE',
    `${act}: found a reason of ${found} bytes, wanted at most ${maxBytes}`,
  )
}

/** A reason, cut between two characters if it has more than `maxBytes`. */
export const cutReason = (reason: string | undefined, maxBytes: number): string | undefined => {
  if (reason === undefined) return undefined
  const bytes = encodeText(reason)
  if (bytes.length <= maxBytes) return reason
  let end = maxBytes
  while (end > 0 && isInsideCharacter(bytes[end] ?? 0)) end--
  return decodeText(bytes.subarray(0, end))
}

/** A byte of UTF-8 that does not begin a character. */
const isInsideCharacter = (byte: number): boolean => (byte & 0xc0) === 0x80
