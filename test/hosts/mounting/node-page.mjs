import { Readable } from 'node:stream'
import { allow, isAllowed } from './page.mjs'

const isGo = (req) => req.url.includes('?go')

const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

/** The page as a handler of Express or Connect. `res.flush()` is what `compression` adds to a response, and `toMiddleware` too. */
export const write = async (req, res) => {
  if (isGo(req)) {
    allow()
    return res.end('going')
  }
  res.setHeader('content-type', 'text/plain')
  res.write('first,')
  res.flush()
  while (!isAllowed()) await turn()
  res.end('rest.')
}

/** The page as a stream, for frameworks that pipe it to `res` by themselves: it is not known when. */
export const body = (req, res) => Readable.from(content(req, res))

async function* content(req, res) {
  if (isGo(req)) {
    allow()
    yield 'going'
    return
  }
  yield 'first,'
  while (!isAllowed()) {
    await turn()
    res.flush()
  }
  yield 'rest.'
}
