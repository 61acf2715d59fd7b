/**
 * Common field names in their usual case, from IANA's registry and from what browsers and proxies send.
 */
const usualNames = [
  'A-IM',
  'Accept',
  'Accept-CH',
  'Accept-Charset',
  'Accept-Encoding',
  'Accept-Language',
  'Accept-Patch',
  'Accept-Post',
  'Accept-Ranges',
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Headers',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
  'Access-Control-Request-Headers',
  'Access-Control-Request-Method',
  'Age',
  'Allow',
  'Alt-Svc',
  'Authorization',
  'Baggage',
  'CDN-Loop',
  'Cache-Control',
  'Cache-Status',
  'Clear-Site-Data',
  'Connection',
  'Content-Digest',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Language',
  'Content-Length',
  'Content-Location',
  'Content-MD5',
  'Content-Range',
  'Content-Security-Policy',
  'Content-Security-Policy-Report-Only',
  'Content-Type',
  'Cookie',
  'Cross-Origin-Embedder-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'DNT',
  'Date',
  'Digest',
  'ETag',
  'Early-Data',
  'Expect',
  'Expires',
  'Forwarded',
  'From',
  'HTTP2-Settings',
  'Host',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
  'Incremental',
  'Keep-Alive',
  'Last-Event-ID',
  'Last-Modified',
  'Link',
  'Location',
  'Max-Forwards',
  'NEL',
  'Origin',
  'Permissions-Policy',
  'Pragma',
  'Prefer',
  'Preference-Applied',
  'Priority',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Proxy-Status',
  'Range',
  'Referer',
  'Referrer-Policy',
  'Refresh',
  'Report-To',
  'Reporting-Endpoints',
  'Repr-Digest',
  'Retry-After',
  'Save-Data',
  'Sec-CH-UA',
  'Sec-CH-UA-Mobile',
  'Sec-CH-UA-Platform',
  'Sec-Fetch-Dest',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Site',
  'Sec-Fetch-User',
  'Sec-GPC',
  'Sec-WebSocket-Accept',
  'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Version',
  'Server',
  'Server-Timing',
  'Service-Worker-Allowed',
  'Set-Cookie',
  'SourceMap',
  'Strict-Transport-Security',
  'TE',
  'Timing-Allow-Origin',
  'Traceparent',
  'Tracestate',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Upgrade-Insecure-Requests',
  'User-Agent',
  'Vary',
  'Via',
  'WWW-Authenticate',
  'Want-Content-Digest',
  'Want-Repr-Digest',
  'X-Accel-Buffering',
  'X-Content-Type-Options',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-Frame-Options',
  'X-Powered-By',
  'X-Real-IP',
  'X-Request-ID',
  'X-Requested-With',
  'X-Robots-Tag',
  'X-XSS-Protection',
] as const

/** The common names in their usual case and in lower case. Clients cannot add to these. */
const usual: readonly (readonly [string, string])[] = usualNames.flatMap((name) => {
  const lower = name.toLowerCase()
  return [
    [name, lower],
    [lower, lower],
  ] as const
})

/** At most this many other names are cached, each of at most this many characters: some 50 KiB. */
const othersMax = 512
const maxLength = 64

const known = new Map(usual)
let others = 0

/** Hashes of names that were seen once, each at the index of its low byte. */
const seen = new Uint16Array(256)

/**
 * The lower case of a valid name, in memory of its own, for tables that outlive the request; `undefined` if it is not cached.
 *
 * Common names are always cached, others from the second time on.
 */
export const knownName = (name: string): string | undefined => known.get(name)

/**
 * Returns the lower case of a valid name, and caches it from the second time on.
 *
 * Clients choose names, so the cache is bounded. When it is full, all but the common names are dropped, and those in use come
 * back: a client that sends many names slows down others only while it sends them.
 */
export const keepName = (name: string): string => {
  if (name.length > maxLength || !wasSeen(name)) return name.toLowerCase()
  if (others === othersMax) forgetOthers()
  others++
  const own = ownToken(name)
  const lower = own.toLowerCase()
  known.set(own, lower)
  return lower
}

const wasSeen = (name: string): boolean => {
  let hash = name.length
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) & 0xffff
  const place = hash & 0xff
  if (seen[place] === hash) return true
  seen[place] = hash
  return false
}

const forgetOthers = () => {
  known.clear()
  for (const [name, lower] of usual) known.set(name, lower)
  others = 0
}

/** V8 copies substrings that are shorter than this; a longer one is a view of the whole string. */
const viewLength = 13

/**
 * A token in memory of its own. A substring keeps the whole string alive: a name of twenty characters would keep its whole head.
 *
 * By JSON, which makes a flat string: looking up and comparing that is faster than for a substring.
 */
const ownToken = (token: string): string =>
  token.length < viewLength ? token : JSON.parse(`"${token}"`)
