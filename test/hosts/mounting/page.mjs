import { flush } from '@sluice/flush'
import { requestUrl, stream, text } from '@sluice/stack'

let going = false

export const isAllowed = () => going

export const allow = () => {
  going = true
}

/** Asked for by a timer: a promise must not be settled by another request in Cloudflare Workers. */
async function* content() {
  yield 'first,'
  yield flush
  while (!going) await new Promise((resolve) => setTimeout(resolve, 5))
  yield 'rest.'
}

/** The page that a README's line mounts: its rest comes after a request with `?go`. */
export const handler = (request) => {
  if (!requestUrl(request).searchParams.has('go')) return stream(content())
  allow()
  return text('going')
}
