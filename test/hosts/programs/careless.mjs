// What a host looks like that was written in an hour, with the usual faults. Trials must be red on it: see trials.test.ts.
import { createServer } from 'node:http'
import { toBody } from '@sluice/body'
import { request } from '@sluice/stack'
import { app } from '../app.ts'
import { listen } from './support/announce.mjs'

const signal = new AbortController().signal
const client = { signal, draining: signal, address: '', port: 0, inform() {} }

/** Neither trailers nor HTTP/1.0, and a path with `//` loses what looks like a host. */
const requestOf = (req) => {
  const { pathname, search } = new URL(req.url, 'http://localhost')
  const { method } = req
  const body = toBody(req)
  return { ...request(pathname.replace('/mounted', '') + search, { method, body }), client }
}

/** All that is there before anything is sent; no flush, no pause, no trailers, no receipt, and errors end the content. */
const respond = async (req, res) => {
  const { status, headers, body } = await app(requestOf(req))
  const parts = []
  try {
    for await (const frame of body) if (frame.kind === 'data') parts.push(frame.bytes)
  } catch {
    // What is there is sent.
  }
  // The cookies of this object are one line.
  res.writeHead(status, Object.fromEntries([...headers.without('content-length')]))
  res.write('')
  res.end(Buffer.concat(parts))
}

listen(
  createServer((req, res) => {
    respond(req, res).catch(() => res.end())
  }),
  'http/1.1',
)
