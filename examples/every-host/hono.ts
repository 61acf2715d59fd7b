// Hono on Node: the page answers with a fetch `Response`. In Deno and Bun the same lines work with the server of deno.ts or bun.ts.
import { serve } from '@hono/node-server'
import { toFetch } from '@sluice/fetch'
import { Hono } from 'hono'
import { about, app as page } from './page.ts'

const app = new Hono()
const answer = toFetch(page)
app.get('/', (context) => context.text('An answer of Hono.\n'))
app.get(about.path, (context) => answer(context.req.raw, context.env))

const options = { fetch: app.fetch, port: Number(process.env.PORT ?? 8080), hostname: '127.0.0.1' }
serve(options, ({ port }) => {
  console.log(`curl -N http://127.0.0.1:${port}${about.path}`)
})
