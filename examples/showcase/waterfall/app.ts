// The waterfall: the same page and the same events through Sluice and through node:http, each arrival shown as it comes.
import { openHub } from '@sluice/hub'
import { events, lastEventId } from '@sluice/sse'
import { HttpError, requestUrl, text } from '@sluice/stack'
import { Lab } from './lab.ts'
import { waterfallSection } from './section.ts'
import type { Handler } from '@sluice/stack'

export { waterfallSection }

const lab = new Lab(openHub().topic('waterfall', { keep: { entries: 2000 } }))

/**
 * - `GET /waterfall/events`: what is measured, as it is.
 * - `POST /waterfall/again`: one more race.
 * - `POST /waterfall/switches?flushed=true&slow=true&paused=false`: any of them.
 */
export const waterfall: Handler = (request) => {
  const { pathname, searchParams } = requestUrl(request)
  const isPost = request.method === 'POST'
  if (pathname === '/waterfall/events' && !isPost)
    return events(lab.view(lastEventId(request), request.client), {
      client: request.client,
      retryMs: 1000,
    })
  if (pathname === '/waterfall/again' && isPost) {
    lab.again()
    return text('Again.\n')
  }
  if (pathname === '/waterfall/switches' && isPost) {
    const of = (name: string) =>
      searchParams.has(name) ? { [name]: searchParams.get(name) === 'true' } : {}
    lab.switchTo({ ...of('flushed'), ...of('slow'), ...of('paused') })
    return text('Switched.\n')
  }
  throw new HttpError('NOT_FOUND', 'Cannot find the page: wanted events, again or switches')
}
