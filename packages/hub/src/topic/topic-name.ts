import { encodeText } from '@sluice/body/engine'
import { hubError } from '../errors.ts'

/** Bytes of a name in UTF-8. */
const maxNameBytes = 512

/**
 * Checks a name of a topic, or a key, which may come from a client.
 *
 * Names are compared character by character. Engines get them behind a prefix of the hub, and escape or bind them, so a name
 * reaches nothing but its own topic.
 *
 * @throws {TypeError} When it is not a string.
 * @throws {BodyError} `TOPIC_INVALID`, when it is empty, too long, or has a NUL or a lone surrogate.
 */
export const checkName = (what: 'topic' | 'key', name: string): string => {
  if (typeof name !== 'string')
    throw new TypeError(`Cannot use the name of a ${what}: found ${typeof name}, wanted a string`)
  const fault = faultOf(name)
  if (fault === undefined) return name
  throw hubError('TOPIC_INVALID', `Cannot use the name of a ${what}: found ${fault}`)
}

const faultOf = (name: string): string | undefined => {
  if (name === '') return 'an empty text'
  if (encodeText(name).length > maxNameBytes) return `more than ${maxNameBytes} bytes`
  if (name.includes('\0')) return 'a NUL'
  return /\p{Surrogate}/u.test(name) ? 'half of a surrogate pair' : undefined
}
