// What the hub writes into the records of an engine: one byte that tells the kind, then the content.
import { decodeText, encodeText, isByteArray } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import { checkValue } from './check-value.ts'
import type { LogRecord } from '../engine/engine.ts'
import type { Place } from './entry-id.ts'
import type { End, Entry } from './items.ts'

const kinds = {
  /** A value, as JSON. */
  value: 0x76,
  bytes: 0x62,
  /** The end, as JSON of `how` and `reason`. */
  end: 0x65,
  /** From the hub for the hub: readers do not get it. */
  control: 0x63,
} as const

/** A record that has been read. `item` is `undefined` if readers do not get it. */
export interface Placed extends Place {
  readonly item: Entry | End | undefined
  /** What a record of the hub says. */
  readonly control: unknown
}

/**
 * The record of a value.
 *
 * @throws {TypeError} When JSON has no text for it, or one without its content, as for a `Map`.
 */
export const recordOf = (value: unknown): Uint8Array => {
  if (isByteArray(value)) return bytesRecord(value)
  checkValue(value)
  return jsonRecord('v', value)
}

export const endRecord = (end: Pick<End, 'how' | 'reason'>): Uint8Array => jsonRecord('e', end)

export const controlRecord = (message: unknown): Uint8Array => jsonRecord('c', message)

const bytesRecord = (bytes: Uint8Array): Uint8Array => {
  const record = new Uint8Array(bytes.length + 1)
  record[0] = kinds.bytes
  record.set(bytes, 1)
  return record
}

const jsonRecord = (kind: 'v' | 'e' | 'c', value: unknown): Uint8Array => {
  const json: string | undefined = jsonOf(value)
  if (json === undefined)
    throw new TypeError(
      `Cannot append the value: found ${typeof value}, wanted bytes or a value that JSON has a text for`,
    )
  return encodeText(kind + json)
}

const jsonOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new TypeError('Cannot append the value: JSON has no text for it', { cause })
  }
}

/**
 * Reads a record.
 *
 * @throws {BodyError} `RECORD_INVALID`, when it was not written by a hub.
 */
export const placedRecord = ({ seq, bytes }: LogRecord, epoch: string): Placed => {
  const id = `${epoch}.${seq}`
  switch (bytes[0]) {
    case kinds.value:
      return entry(id, epoch, seq, parse(bytes))
    case kinds.bytes:
      return entry(id, epoch, seq, contentOf(bytes))
    case kinds.end:
      return { epoch, seq, item: endItem(id, parse(bytes)), control: undefined }
    case kinds.control:
      return { epoch, seq, item: undefined, control: parse(bytes) }
    default:
      throw invalidRecord(`${bytes.length} bytes of an unknown kind`)
  }
}

const entry = (id: string, epoch: string, seq: number, value: unknown): Placed => ({
  epoch,
  seq,
  item: { kind: 'entry', id, value },
  control: undefined,
})

/** A copy: the bytes may be a piece of a large buffer of the engine's client. */
const contentOf = (record: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(record.length - 1)
  bytes.set(record.subarray(1))
  return bytes
}

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(decodeText(bytes.subarray(1)))
  } catch (cause) {
    throw invalidRecord('invalid JSON', cause)
  }
}

const endItem = (id: string, parsed: unknown): End => {
  const { how, reason } = endFields(parsed)
  return { kind: 'end', id, how, reason }
}

const endFields = (parsed: unknown): Pick<End, 'how' | 'reason'> => {
  if (typeof parsed !== 'object' || parsed === null || !('how' in parsed))
    throw invalidRecord('an end without a cause')
  const reason = 'reason' in parsed && typeof parsed.reason === 'string' ? parsed.reason : undefined
  switch (parsed.how) {
    case 'finished':
    case 'stopped':
    case 'failed':
      return { how: parsed.how, reason }
    default:
      throw invalidRecord('an end with an unknown cause')
  }
}

const invalidRecord = (found: string, cause?: unknown) =>
  hubError(
    'RECORD_INVALID',
    `Cannot read a record of the engine: found ${found}`,
    cause === undefined ? undefined : { cause },
  )
