/** Serves an API route as Next does: both objects get own properties, and `write` and `end` are wrapped to count bytes. */
export const serveRoute = (route) => async (req, res) => {
  const { searchParams } = new URL(req.url, 'http://localhost')
  Object.defineProperty(req, 'cookies', { get: () => ({}), configurable: true, enumerable: true })
  req.query = Object.fromEntries(searchParams)
  addHelpers(res)
  countBytes(res)
  await route(req, res)
}

const addHelpers = (res) => {
  res.status = (status) => {
    res.statusCode = status
    return res
  }
  res.json = (value) => {
    res.setHeader('content-type', 'application/json; charset=utf-8')
    res.end(JSON.stringify(value))
  }
}

/** Next warns if a response is larger than 4 MiB. */
const countBytes = (res) => {
  const { write, end } = res
  let bytes = 0
  res.write = (...args) => {
    bytes += Buffer.byteLength(args[0] ?? '')
    return write.apply(res, args)
  }
  res.end = (...args) => {
    if (args.length > 0 && typeof args[0] !== 'function') bytes += Buffer.byteLength(args[0] ?? '')
    if (bytes > 4 << 20) console.error('API response exceeds 4 MiB')
    return end.apply(res, args)
  }
}
