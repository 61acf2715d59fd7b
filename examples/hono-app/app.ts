// A Hono application on Sluice's server: its routes stay as they are, and Sluice's middlewares go around all of them.
import { compress } from '@sluice/compress'
import { fromFetch } from '@sluice/fetch'
import { closeOnSignal, serve } from '@sluice/server'
import { stack } from '@sluice/stack'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { load } from './load.ts'
import type { Handler } from '@sluice/stack'

const parts = ['Rivers', 'Locks', 'Weirs']

const hono = new Hono()

hono.get('/hono-app', (context) => {
  context.header('content-type', 'text/html; charset=utf-8')
  return stream(context, async (page) => {
    await page.write('<!doctype html><title>Waterways</title><h1>Waterways</h1>\n')
    for (const part of parts) {
      const rows = await load(part, context.req.raw.signal)
      await page.write(`<h2>${part}</h2><ul>\n${rows.map((row) => `<li>${row}\n`).join('')}</ul>\n`)
    }
    await page.write('<footer>That is all.</footer>\n')
  })
})

hono.post('/hono-app', async (context) => {
  const names = Object.keys(await context.req.json())
  return context.json({ names })
})

/** What Hono writes is compressed, and sent as soon as Hono has nothing more right now. */
export const app: Handler = stack(compress())(fromFetch(hono.fetch))

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  console.log(`curl -N --compressed ${server.url}/hono-app`)
  console.log(`curl -H 'content-type: application/json' -d '{"lock":1}' ${server.url}/hono-app`)
}
