import { hubError } from '../errors.ts'
import { recordOf } from './records.ts'

/**
 * The record of a value, if it is not too large.
 *
 * @throws {TypeError} When JSON has no text for it.
 * @throws {BodyError} `ENTRY_TOO_LARGE`, when it has more than `maxEntryBytes`.
 */
export const checkedRecord = (topic: string, value: unknown, maxEntryBytes: number): Uint8Array => {
  const record = recordOf(value)
  // The first byte is the hub's.
  const found = record.length - 1
  if (found <= maxEntryBytes) return record
  throw hubError(
    'ENTRY_TOO_LARGE',
    `Cannot append to the topic ${JSON.stringify(topic)}: found an entry of ${found} bytes, wanted at most ${maxEntryBytes}`,
  )
}
