import { flatFields } from '@sluice/body/engine'
import type { Fields } from '@sluice/body'

/**
 * Fields for framing and routing. In a trailer section they are an attempt to have the message read differently by another
 * server: the message is refused.
 */
const refusedNames: ReadonlySet<string> = new Set(['transfer-encoding', 'content-length', 'host'])

/**
 * Fields that must not stand in a trailer section, since they are needed before the content: request modifiers,
 * authentication, content format (RFC 9110 6.5.1), and what belongs to the connection. They are dropped on input, as that
 * section allows, so that no code can act on them.
 *
 * A list of dropped names, not of allowed ones: any field may be defined for trailers, and we cannot know them all.
 */
const droppedNames: ReadonlySet<string> = new Set([
  // The connection
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  // Request modifiers
  'cache-control',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'pragma',
  'range',
  // Authentication
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'cookie',
  'set-cookie',
  // Content format
  'content-encoding',
  'content-range',
  'content-type',
])

/** What to do with a trailer field, its name in lower case. */
export const trailerFate = (name: string): 'kept' | 'dropped' | 'refused' => {
  if (refusedNames.has(name)) return 'refused'
  return droppedNames.has(name) ? 'dropped' : 'kept'
}

/**
 * Checks the trailers of a message that is sent.
 *
 * @throws {TypeError} If a field must not stand in a trailer section (RFC 9110 6.5.1).
 */
export const checkTrailers = (trailers: Fields): void => {
  const flat = flatFields(trailers)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (trailerFate(name) !== 'kept')
      throw new TypeError(
        `Cannot write the trailers: found ${name}, wanted fields that may stand after the content`,
      )
  }
}
