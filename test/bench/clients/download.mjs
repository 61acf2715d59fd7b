import { connect } from 'node:net'

const patienceMs = 60_000

/** Counts what comes after the head; chunked framing is counted with the rest, so it may be more than was asked for. */
const counting = (bytes, done) => {
  let head = ''
  let received = 0
  return (count, buffer) => {
    if (head.includes('\r\n\r\n')) received += count
    else {
      head += buffer.toString('latin1', 0, count)
      const end = head.indexOf('\r\n\r\n')
      if (end >= 0) received = head.length - end - 4
    }
    if (received >= bytes) done()
    return true
  }
}

/**
 * Takes a download by a raw client, into one buffer, and looks at none of it.
 *
 * @returns Content bytes and seconds.
 */
export const download = (port, bytes) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const done = () => {
      socket.destroy()
      resolve({ contentBytes: bytes, seconds: (performance.now() - startedAt) / 1000 })
    }
    const fail = (error) => {
      socket.destroy()
      reject(error)
    }
    const socket = connect({
      port,
      host: '127.0.0.1',
      onread: { buffer: Buffer.alloc(262_144), callback: counting(bytes, done) },
    })
    socket.setTimeout(patienceMs, () => fail(new Error('the download took too long')))
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the download ended early')))
    socket.write(`GET /down?bytes=${bytes} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  })
