// The waterfall on a page of its own: `tsx alone.ts`.
import { closeOnSignal, serve } from '@sluice/server'
import { html, requestUrl } from '@sluice/stack'
import { staticFile } from '../static-files.ts'
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

const server = await serve(
  (request) => {
    const { pathname } = requestUrl(request)
    if (pathname === '/') return html(page)
    return pathname.startsWith('/static/') ? staticFile(pathname) : waterfall(request)
  },
  { port: Number(process.env.PORT ?? 8080) },
)
closeOnSignal(server, { graceMs: 1000 })
console.log(`Open ${server.url}/ or curl -N ${server.url}/waterfall/events`)
