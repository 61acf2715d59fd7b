import { fields, isData, isTrailers, readText } from '@sluice/body'
import { empty, json, requestUrl, text } from '@sluice/stack'
import { switchingResponse } from '@sluice/stack/host'
import { countsOf, nextStep } from '../ledger.ts'
import { counted, notedFlush } from './page.ts'
import type { Pages } from './page.ts'

/** The parts of a socket that an echo needs. The app knows no `node:` types. */
interface Line {
  on(event: 'data', listen: (bytes: Uint8Array) => void): unknown
  on(event: 'error', listen: (error: unknown) => void): unknown
  write(bytes: Uint8Array): unknown
}

const echo = (line: Line, head: Uint8Array) => {
  line.on('error', () => {})
  line.on('data', (bytes) => line.write(bytes))
  if (head.length > 0) line.write(head)
}

/** What the app sees of a request, and what it does with its content. */
export const requests: Pages = {
  '/echo': (request) => {
    const { method, target, version, client } = request
    const { host, pathname } = requestUrl(request)
    const { address, port } = client
    return json({ method, target, version, host, pathname, address, port })
  },

  '/echo-content': ({ body }, id) =>
    counted(id, async function* () {
      for await (const frame of body) {
        if (isData(frame)) yield frame.bytes
        yield notedFlush(id)
      }
    }),

  '/echo-trailers': async ({ body }) => {
    let bytes = 0
    let trailers = fields()
    for await (const frame of body) {
      if (isData(frame)) bytes += frame.bytes.length
      if (isTrailers(frame)) trailers = frame.fields
    }
    return json({ bytes, trailers: [...trailers] })
  },

  '/early-hints': async ({ client }, id) => {
    client.inform(103, fields({ link: '</style.css>; rel=preload' }))
    await nextStep(id)
    return text('content.')
  },

  '/continue': async ({ body }, id) => {
    await nextStep(id)
    return text(`read ${await readText(body)}`)
  },

  '/read-late': async ({ body }, id) => {
    const counts = countsOf(id)
    await nextStep(id)
    for await (const frame of body) if (isData(frame)) counts.readBytes += frame.bytes.length
    return text(`read ${counts.readBytes}`)
  },

  '/refuse': () => empty({ status: 413 }),

  '/unread': () => text('unread.'),

  '/upgrade': () => switchingResponse(echo, { headers: { upgrade: 'echo' } }),
}
