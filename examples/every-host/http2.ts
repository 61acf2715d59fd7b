// node:http2 without TLS, as behind a proxy. Browsers want TLS: `createSecureServer({ key, cert, allowHTTP1: true })`.
import { createServer } from 'node:http2'
import { attach } from '@sluice/node'
import { about, app as page } from './page.ts'

const server = createServer()
attach(server, page)

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  console.log(`curl --http2-prior-knowledge -N http://127.0.0.1:${port}${about.path}`)
})
