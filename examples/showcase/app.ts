// All the examples on one port, with a page that shows each of them at work, and an index for curl.
import { compress } from '@sluice/compress'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { examples } from './examples.ts'
import { page } from './page.ts'
import { sourceFile } from './source-files.ts'
import { staticFile } from './static-files.ts'
import { waterfall } from './waterfall/app.ts'
import type { RunningServer } from '@sluice/server'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

const app: Handler = (request) => {
  const path = requestUrl(request).pathname
  if (path.startsWith('/waterfall/')) return waterfall(request)
  const example = examples.find(
    ({ about }) => path === about.path || path.startsWith(`${about.path}/`),
  )
  return example === undefined ? pages(request) : example.app(request)
}

/** What the showcase itself has: the index, its static files, and the source of the examples. */
const pages: Handler = stack(compress())((request) => {
  const { method } = request
  const path = requestUrl(request).pathname
  if (method !== 'GET' && method !== 'HEAD')
    return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
  if (path === '/') return index(request)
  if (path.startsWith('/static/')) return staticFile(path)
  if (path.startsWith('/source/')) return sourceFile(path)
  throw new HttpError('NOT_FOUND', 'Cannot find the page: found no example of this name, see /')
})

/** The page asks nothing of any other place, and nobody frames it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept',
}

const index = ({ headers }: HttpRequest): HttpResponse => {
  // Host may be there, and empty.
  const site = `http://${headers.get('host') || 'localhost'}`
  return headers.get('accept')?.includes('text/html') === true
    ? stream(page(site), { headers: pageHeaders })
    : text(indexText(site), { headers: { vary: 'accept' } })
}

const indexText = (site: string): string =>
  examples
    .flatMap(({ about: { path, line, curl } }) => [`${path}: ${line}`, ...curl(site + path), ''])
    .join('\n')

/** Listens on the port, or the next that is free. */
const serveFrom = async (port: number): Promise<RunningServer> => {
  try {
    return await serve(app, { port, requestTimeoutMs: 24 * 3_600_000 })
  } catch (error) {
    if (!isInUse(error) || port === 65_535) throw error
    return serveFrom(port + 1)
  }
}

const isInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const server = await serveFrom(Number(process.env.PORT ?? 8080))
closeOnSignal(server, { graceMs: 1000 })
server.closed.then(() => Promise.all(examples.map((example) => example.close?.())))
console.log(`Open ${server.url}/ or call it with curl. Ctrl-C ends it.

${examples.map(({ about: { path, line } }) => `${path.padEnd(20)}${line}`).join('\n')}

curl ${server.url}/ prints the command lines of each. Or open ${server.url}/`)
