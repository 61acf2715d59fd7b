// What the five middlewares of the hello work are made of, the same in every server: a request id, a timing, security fields,
// the check of a header, and a router of five paths.

/** The credentials that the load sends. */
export const token = 'Bearer c2x1aWNlLWJlbmNoLXRva2Vu'

export const securityFields = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
]

export const hello = 'Hello, world!'

/** What each path answers; the load asks for one in the middle. */
export const pages = {
  '/': 'home',
  '/about': 'about',
  '/hello': hello,
  '/items': 'items',
  '/users': 'users',
}

let last = 0

/** A name for each request, unique in its process. */
export const nextId = () => (++last).toString(36)

/** The value of `server-timing`. */
export const timing = (startedAt) => `app;dur=${(performance.now() - startedAt).toFixed(2)}`

/** The path of a request target, without its query. */
export const pathOf = (target) => {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** So many middlewares, all made alike. */
export const several = (count, make) => Array.from({ length: Number(count) }, make)
