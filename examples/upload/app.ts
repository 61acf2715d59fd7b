// An upload that is answered while it arrives: lines and bytes so far, at last the SHA-256. Nothing of it is kept.
import { createHash } from 'node:crypto'
import { isData, lent } from '@sluice/body'
import { flush, proxyHints } from '@sluice/flush'
import { closeOnSignal, serve } from '@sluice/server'
import { html, stack, stream, text } from '@sluice/stack'
import { page } from './page.ts'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest } from '@sluice/stack'

export const about = {
  path: '/upload',
  line: 'an upload, chunked or not, answered while it arrives with its line count and SHA-256',
  curl: (url: string): readonly string[] => [
    `curl -NT FILE ${url}`,
    `seq 1000000 | curl -NT - ${url}`,
  ],
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
const vary = { headers: { vary: 'accept' } }

async function* report(body: HttpRequest['body']): AsyncGenerator<string | Frame> {
  const hash = createHash('sha256')
  let bytes = 0
  let lines = 0
  let tellAt = 1
  // The next frame is read when this one is done with, so a client cannot send faster than it is hashed. Lent: into the same
  // memory, since nothing of this one is kept.
  for await (const frame of lent(body)) {
    if (!isData(frame)) continue
    hash.update(frame.bytes)
    bytes += frame.bytes.length
    lines += linesIn(frame.bytes)
    if (bytes < tellAt) continue
    // Each time the upload has doubled: a client that reads nothing before it has sent all is never stuck.
    tellAt = 2 * bytes
    yield `${bytes} bytes, ${lines} lines so far\n`
    yield flush
  }
  yield `${bytes} bytes, ${lines} lines\nsha256 ${hash.digest('hex')}\n`
}

/** Counts line ends, as `wc -l` does. */
const linesIn = (bytes: Uint8Array): number => {
  let lines = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

export const app: Handler = stack(proxyHints())(({ method, headers, body }) => {
  switch (method) {
    case 'PUT':
    case 'POST':
      return stream(report(body), { headers: plain })
    case 'GET':
    case 'HEAD':
      return headers.get('accept')?.includes('text/html') === true
        ? html(page, vary)
        : text('Send a file to this address: curl -NT FILE\n', vary)
    default:
      return text('', { status: 405, headers: { allow: 'GET, HEAD, PUT, POST' } })
  }
})

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, {
    port: Number(process.env.PORT ?? 8080),
    // Large files on slow lines. Half a minute without a byte ends an upload all the same.
    requestTimeoutMs: 24 * 3_600_000,
  })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
