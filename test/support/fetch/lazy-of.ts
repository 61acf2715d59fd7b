import { fromFetch } from '@sluice/fetch'
import type { HttpRequest } from '@sluice/stack'

/** The Request that a fetch application gets for a request of ours. */
export const lazyOf = (of: HttpRequest): Request => {
  const seen: Request[] = []
  fromFetch((given) => {
    seen.push(given)
    return new Response()
  })(of)
  const [lazy] = seen
  if (lazy === undefined) throw new Error('the application was not called')
  return lazy
}
