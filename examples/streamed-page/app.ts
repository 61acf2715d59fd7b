// A page that is on the screen before its data is there: the shell leaves first, then each part as it comes.
import { flush, proxyHints } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { output, stack, stream, text } from '@sluice/stack'
import { coalesce } from '@sluice/write-buffering'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/streamed-page',
  line: 'a page whose shell arrives before its data is there',
  curl: (url: string): readonly string[] => [`curl -N ${url}`],
}

/** Loads the rows of one part; gives up when the signal aborts. */
export type Load = (part: string, signal: AbortSignal) => PromiseLike<readonly string[]>

const parts = ['Rivers', 'Locks', 'Weirs']

const shell = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Waterways</title>
<style>
body { font: .875rem/1.5 system-ui; margin: 1rem } h1, h2, ul { margin: 0; padding: 0; font-size: 1rem } h1 { font-size: 1.25rem }
li { display: inline-block; margin-right: 1rem } footer { margin-top: .5rem }
</style>
<main><h1>Waterways</h1>
`

async function* page(load: Load, signal: AbortSignal): AsyncGenerator<string | Frame> {
  yield shell
  // Past `coalesce`, which would hold so little: the browser has something to show while the first part is loaded.
  yield flush
  for (const part of parts) {
    // An error here cuts the response, so that nobody takes half a page for a whole one.
    const rows = await load(part, signal)
    yield `<h2>${part}</h2><ul>\n`
    for (const row of rows) yield `<li>${escapeHtml(row)}\n`
    yield '</ul>\n'
    yield flush
  }
  yield '<footer>That is all.</footer></main>\n'
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** `proxyHints` keeps proxies from holding the page; `coalesce` joins its many small pieces, up to the next flush. */
export const streamedPage = (load: Load): Handler =>
  stack(
    proxyHints(),
    output(coalesce({ minBytes: 16_384 })),
  )(({ method, client }) =>
    method === 'GET' || method === 'HEAD'
      ? stream(page(load, client.signal), {
          headers: { 'content-type': 'text/html; charset=utf-8' },
        })
      : text('', { status: 405, headers: { allow: 'GET, HEAD' } }),
  )

/** In the place of a database: it takes its time, and stops when the client has gone. */
const loadSlowly: Load = async (part, signal) => {
  await sleep(700, { signal })
  return Array.from({ length: 5 }, (_, i) => `${part} <no. ${i + 1}>`)
}

export const app: Handler = streamedPage(loadSlowly)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
