/**
 * Fields that must not stand in a trailer section, since they are needed before the content: framing, routing, request
 * modifiers, authentication, response control and content format (RFC 9110 6.5.1), and what belongs to the connection.
 *
 * A list of what is refused, not of what is allowed: any field may be defined for trailers, and most are not ours to know.
 */
const refusedNames: ReadonlySet<string> = new Set([
  // Framing and the connection
  'transfer-encoding',
  'content-length',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  // Routing
  'host',
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

/** Whether a field, its name in lower case, may stand in a trailer section. */
export const mayBeTrailer = (name: string): boolean => !refusedNames.has(name)
