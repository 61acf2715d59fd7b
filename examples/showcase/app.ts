// All the examples on one port, with an index that says how to call each.
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, html, text } from '@sluice/stack'
import * as approval from '../approval/app.ts'
import * as cgiPrograms from '../cgi-programs/app.ts'
import * as chat from '../chat/app.ts'
import * as csvImport from '../csv-import/app.ts'
import * as events from '../events/app.ts'
import * as everyHost from '../every-host/page.ts'
import * as pausedPage from '../paused-page/app.ts'
import * as pushPage from '../push-page/app.ts'
import * as rewriteHtml from '../rewrite-html/app.ts'
import * as sqlite from '../sqlite/app.ts'
import * as streamedPage from '../streamed-page/app.ts'
import * as tokens from '../tokens/app.ts'
import * as upload from '../upload/app.ts'
import type { RunningServer } from '@sluice/server'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

const examples = [
  streamedPage,
  everyHost,
  upload,
  pausedPage,
  pushPage,
  events,
  rewriteHtml,
  csvImport,
  sqlite,
  cgiPrograms,
  approval,
  chat,
  tokens,
]

const app: Handler = (request) => {
  const [path = ''] = request.target.split('?')
  if (path === '/') return index(request)
  const example = examples.find(
    ({ about }) => path === about.path || path.startsWith(`${about.path}/`),
  )
  if (example !== undefined) return example.app(request)
  throw new HttpError('NOT_FOUND', 'Cannot find the page: found no example of this name, see /')
}

const index = ({ headers }: HttpRequest): HttpResponse => {
  const site = `http://${headers.get('host') ?? 'localhost'}`
  const isBrowser = headers.get('accept')?.includes('text/html') === true
  const content = isBrowser ? indexPage(site) : indexText(site)
  const head = { headers: { vary: 'accept' } }
  return isBrowser ? html(content, head) : text(content, head)
}

const indexText = (site: string): string =>
  examples
    .flatMap(({ about: { path, line, curl } }) => [`${path}: ${line}`, ...curl(site + path), ''])
    .join('\n')

const indexPage = (site: string): string => {
  const items = examples.map(({ about: { path, line, curl } }) => {
    const calls = escapeHtml(curl(site + path).join('\n'))
    return `<dt><a href="${path}">${path}</a>: ${escapeHtml(line)}\n<dd><pre>${calls}</pre>\n`
  })
  return `<!doctype html><meta charset="utf-8"><title>Sluice</title>
<h1>Sluice: the examples</h1>
<p>Each is a folder of <code>examples/</code>, one file to read, and runs alone when it is copied out.
<dl>
${items.join('')}</dl>
`
}

const escapeHtml = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

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
console.log(`${indexText(server.url)}\nOpen ${server.url}/ or call it with curl. Ctrl-C ends it.`)
