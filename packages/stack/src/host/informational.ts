import { isConnectionField } from './connection-field.ts'

/**
 * Checks the status of an informational response that a handler sends (RFC 9110 15.2).
 *
 * @throws {RangeError} If it is not 102 to 199: 100 and 101 are the host's.
 */
export const checkInformational = (status: number): void => {
  if (Number.isInteger(status) && status >= 102 && status <= 199) return
  throw new RangeError(`Cannot inform the client: found the status ${status}, wanted 102 to 199`)
}

/**
 * The fields that an informational response may have, as names and values in turn.
 *
 * It has no content and does not affect the connection: `content-length` (RFC 9110 8.6), `transfer-encoding` (RFC 9112 6.1),
 * `trailer` and the other fields of the connection are left out.
 */
export const informationalFields = (flat: readonly string[]): readonly string[] =>
  flat.filter((_, at) => {
    const name = flat[at - (at % 2)] ?? ''
    return !(isConnectionField(name) || name === 'content-length' || name === 'trailer')
  })
