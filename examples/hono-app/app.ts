// A Hono application on Sluice's server: its routes stay as they are, and Sluice's middlewares go around all of them.
import { compress } from '@sluice/compress'
import { fromFetch } from '@sluice/fetch'
import { closeOnSignal, serve } from '@sluice/server'
import { stack } from '@sluice/stack'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { load } from './load.ts'
import type { Handler } from '@sluice/stack'
import type { StreamingApi } from 'hono/utils/stream'

export const about = {
  path: '/hono-app',
  line: 'a Hono application on our server: its routes stay as they are, and are compressed as they stream',
  curl: (url: string): readonly string[] => [
    `curl -N --compressed ${url}`,
    `curl -H 'content-type: application/json' -d '{"lock":1}' ${url}`,
  ],
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

const hono = new Hono()

hono.get(about.path, (context) => {
  context.header('content-type', 'text/html; charset=utf-8')
  const { signal } = context.req.raw
  const write = async (page: StreamingApi) => {
    await page.write(shell)
    for (const part of parts) {
      const rows = await load(part, signal)
      await page.write(
        `<h2>${part}</h2><ul>\n${rows.map((row) => `<li>${escapeHtml(row)}\n`).join('')}</ul>\n`,
      )
    }
    await page.write('<footer>That is all.</footer></main>\n')
  }
  // Without this, Hono prints the error of each load that a client gave up by leaving.
  return stream(context, write, async (error) => {
    if (!signal.aborted) console.error(error)
  })
})

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

hono.post(about.path, async (context) => {
  const names = Object.keys(await context.req.json())
  return context.json({ names })
})

hono.all(about.path, (context) => context.body(null, 405, { allow: 'GET, HEAD, POST' }))

/** What Hono writes is compressed, and sent as soon as Hono has nothing more right now. */
export const app: Handler = stack(compress())(fromFetch(hono.fetch))

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
