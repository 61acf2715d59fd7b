import type { OutgoingHttpHeaders } from 'node:http2'

/** Fields as `node:http2` takes them. Names and values in turn, each name once. */
export const http2Headers = (flat: readonly (string | string[])[]): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = {}
  for (let i = 0; i < flat.length; i += 2) headers[String(flat[i])] = flat[i + 1]
  return headers
}
