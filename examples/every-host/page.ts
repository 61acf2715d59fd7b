// The page to mount: its shell leaves first, then each part as it comes. It is a function from a request to a response, so it knows
// nothing of the host that it runs in.
import { flush, proxyHints } from '@sluice/flush'
import { output, stack, stream, text } from '@sluice/stack'
import { coalesce } from '@sluice/write-buffering'
import { load } from './load.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/every-host',
  line: 'a streamed page that also runs in Express, Fastify, Hono, Deno, Bun and node:http2',
  curl: (url: string): readonly string[] => [`curl -N ${url}`],
}

const parts = ['Rivers', 'Locks', 'Weirs']

const shell = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Waterways</title>
<style>
body { font: .875rem/1.5 system-ui; margin: 1rem } h1, h2, ul { margin: 0; padding: 0; font-size: 1rem } h1 { font-size: 1.25rem }
li { display: inline-block; margin-right: 1rem } footer { margin-top: .5rem }
</style>
<main><h1>Waterways</h1>
`

async function* content(signal: AbortSignal): AsyncGenerator<string | Frame> {
  yield shell
  // Passes `coalesce`, and in every host reaches the client before the first part is loaded.
  yield flush
  for (const part of parts) {
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

/** The signal aborts when the client leaves, whatever the host: the load stops. */
export const app: Handler = stack(
  proxyHints(),
  output(coalesce({ minBytes: 16_384 })),
)(({ method, client }) =>
  method === 'GET' || method === 'HEAD'
    ? stream(content(client.signal), { headers: { 'content-type': 'text/html; charset=utf-8' } })
    : text('', { status: 405, headers: { allow: 'GET, HEAD' } }),
)
