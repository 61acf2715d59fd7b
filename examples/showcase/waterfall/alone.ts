// The waterfall on a page of its own: `tsx alone.ts`.
import { readFile } from 'node:fs/promises'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, html, requestUrl, stream } from '@sluice/stack'
import { waterfall, waterfallSection } from './app.ts'

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>The waterfall</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/waterfall.css">
<main class="wrap">
<h1>The waterfall</h1>
${waterfallSection}</main>
<script type="module" src="/static/waterfall.js"></script>
`

const types = { css: 'text/css', js: 'text/javascript' }

const server = await serve(
  async (request) => {
    const { pathname } = requestUrl(request)
    if (pathname === '/') return html(page)
    const [, name, type] = /^\/static\/([-a-z]+\.(css|js))$/.exec(pathname) ?? []
    if (name === undefined) return waterfall(request)
    const content = await readFile(new URL(`../static/${name}`, import.meta.url)).catch(() => {
      throw new HttpError('NOT_FOUND', 'Cannot find the file')
    })
    return stream(content, { headers: { 'content-type': type === 'css' ? types.css : types.js } })
  },
  { port: Number(process.env.PORT ?? 8080) },
)
closeOnSignal(server, { graceMs: 1000 })
console.log(`Open ${server.url}/ or curl -N ${server.url}/waterfall/events`)
