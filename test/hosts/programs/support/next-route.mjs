// What Next does around a route handler when it runs on Node.
import { Readable } from 'node:stream'

/** Next gives a subclass of `Request`. */
class NextRequest extends Request {}

/** Calls a route handler with a request and the parameters of its route, and sends its response. */
export const serveRouteHandler = (handler) => async (req, res) => {
  const context = { params: Promise.resolve({}) }
  const response = await handler(requestOf(req, signalOf(res)), context)
  res.statusCode = response.status
  for (const [name, value] of response.headers) res.appendHeader(name, value)
  if (response.body === null || req.method === 'HEAD') res.end()
  else await pipe(response.body, res)
}

const requestOf = (req, signal) => {
  const { method, headersDistinct } = req
  const headers = new Headers()
  for (const [name, values] of Object.entries(headersDistinct))
    for (const value of values) headers.append(name, value)
  const body = method === 'GET' || method === 'HEAD' ? null : Readable.toWeb(req)
  const url = `http://${req.headers.host}${req.url}`
  return new NextRequest(url, { method, headers, body, signal, duplex: 'half' })
}

/** Aborts if the connection is closed before the response is complete. */
const signalOf = (res) => {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('The response was aborted'))
  })
  return controller.signal
}

const pipe = async (body, res) => {
  try {
    await body.pipeTo(writerTo(res), { signal: signalOf(res) })
  } catch (error) {
    if (!res.destroyed) console.error(error)
  }
}

/** Waits until more can be written, or nothing can. */
const room = (res) =>
  new Promise((resolve) => {
    const end = () => {
      res.off('drain', end)
      res.off('close', end)
      resolve()
    }
    res.on('drain', end)
    res.on('close', end)
  })

const writerTo = (res) =>
  new WritableStream({
    async write(chunk) {
      if (!res.headersSent) res.flushHeaders()
      if (!res.write(chunk)) await room(res)
    },
    abort: () => res.destroy(),
    close: () => void res.end(),
  })
