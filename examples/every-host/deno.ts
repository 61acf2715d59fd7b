// Deno: the page is the handler of `Deno.serve`.
import { toFetch } from '@sluice/fetch'
import { about, app as page } from './page.ts'

const options = {
  port: Number(Deno.env.get('PORT') ?? 8080),
  hostname: '127.0.0.1',
  onListen: ({ port }: { port: number }) =>
    console.log(`curl -N http://127.0.0.1:${port}${about.path}`),
}
Deno.serve(options, toFetch(page))
