// Bun: the page is the `fetch` of `Bun.serve`.
import { toFetch } from '@sluice/fetch'
import { about, app as page } from './page.ts'

const server = Bun.serve({
  port: Number(process.env.PORT ?? 8080),
  hostname: '127.0.0.1',
  // Bun closes a connection on which nothing was sent for 10 s, unless told otherwise.
  idleTimeout: 60,
  fetch: toFetch(page),
})
console.log(`curl -N http://127.0.0.1:${server.port}${about.path}`)
