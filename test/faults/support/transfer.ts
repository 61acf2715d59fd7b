import { connect } from 'node:net'
import { deferred, within } from '../../support/within.ts'
import { roomOrEnd } from './send-all.ts'

const boundMs = 60_000

/** What a client sends, again and again, and how many bytes of content there are in it. */
export interface Parcel {
  readonly bytes: Uint8Array
  readonly contentBytes: number
}

/** Sends a head, parcels until there are so many bytes of content, and a tail; waits for the answer; gives MiB a second. */
export const upload = async (
  port: number,
  {
    head,
    parcel,
    tail,
    contentBytes,
  }: {
    head: string
    parcel: Parcel
    tail: string
    contentBytes: number
  },
): Promise<number> => {
  const socket = connect({ port, host: '127.0.0.1' })
  const answered = deferred<string>()
  let text = ''
  socket.on('data', (part) => {
    text += part.toString('latin1')
    if (text.includes(`\r\n\r\n${contentBytes}`)) answered.resolve(text)
  })
  socket.on('close', () => answered.reject(new Error(`the upload has no answer but ${text}`)))
  const started = performance.now()
  socket.write(head)
  for (let left = contentBytes; left > 0; left -= parcel.contentBytes) {
    if (!socket.write(parcel.bytes)) await roomOrEnd(socket)
  }
  socket.write(tail)
  await within(boundMs, answered.promise)
  socket.destroy()
  return contentBytes / 1_048_576 / ((performance.now() - started) / 1000)
}

/** Reads a whole answer into one buffer that is written over and over; gives MiB of content a second. */
export const download = async (port: number, bytes: number): Promise<number> => {
  const done = deferred()
  let received = 0
  const started = performance.now()
  const socket = connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: Buffer.alloc(262_144),
      callback(count) {
        received += count
        // The head is shorter than what may be missing here.
        if (received > bytes) done.resolve()
        return true
      },
    },
  })
  socket.on('close', () => done.reject(new Error(`the download ended after ${received} bytes`)))
  socket.write(`GET /download?bytes=${bytes} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await within(boundMs, done.promise)
  socket.destroy()
  return bytes / 1_048_576 / ((performance.now() - started) / 1000)
}
