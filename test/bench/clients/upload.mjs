import { connect } from 'node:net'

const patienceMs = 60_000

/** A chunked body in batches that are built once: so many chunks of so many bytes, about a MiB on the wire. */
export const chunkBatch = (chunkBytes) => {
  const chunk = `${chunkBytes.toString(16)}\r\n${'a'.repeat(chunkBytes)}\r\n`
  const count = Math.max(1, Math.floor(1_048_576 / chunk.length))
  return { bytes: Buffer.from(chunk.repeat(count)), contentBytes: count * chunkBytes }
}

/** A body with a length, a MiB a batch. */
export const plainBatch = () => ({ bytes: Buffer.alloc(1_048_576, 'a'), contentBytes: 1_048_576 })

const headOf = ({ framing, wireBytes, contentBytes }) =>
  [
    'POST /up HTTP/1.1',
    'host: localhost',
    'content-type: application/octet-stream',
    // For the floor, which reads no chunks: what is to come, and what it is to say.
    `x-wire-bytes: ${wireBytes}`,
    `x-content-bytes: ${contentBytes}`,
    framing === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${contentBytes}`,
    '',
    '',
  ].join('\r\n')

/** Writes a batch again and again, as the socket takes it, and then the end. */
const writeBatches = (socket, { bytes }, count, tail) => {
  let left = count
  const write = () => {
    while (left > 0) {
      left--
      const hasRoom = socket.write(bytes)
      if (left === 0 && tail !== '') socket.write(tail)
      if (!hasRoom) return
    }
  }
  socket.on('drain', write)
  write()
}

/**
 * Sends a body by a raw client and waits for the answer, which must be the number of bytes of content.
 *
 * @returns Content bytes sent, and seconds from the first byte to the answer.
 */
export const upload = (port, { framing, batch, bytes }) =>
  new Promise((resolve, reject) => {
    const count = Math.max(1, Math.ceil(bytes / batch.contentBytes))
    const contentBytes = count * batch.contentBytes
    const tail = framing === 'chunked' ? '0\r\n\r\n' : ''
    const wireBytes = count * batch.bytes.length + tail.length
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const fail = (error) => {
      socket.destroy()
      reject(error)
    }
    let answer = ''
    const startedAt = performance.now()
    socket.setTimeout(patienceMs, () => fail(new Error('the upload took too long')))
    socket.on('error', fail)
    socket.on('connect', () => {
      socket.write(headOf({ framing, wireBytes, contentBytes }))
      writeBatches(socket, batch, count, tail)
    })
    socket.on('data', (part) => {
      answer += part.toString('latin1')
      if (!answer.includes(`${contentBytes}`)) return
      socket.destroy()
      resolve({ contentBytes, seconds: (performance.now() - startedAt) / 1000 })
    })
    socket.on('close', () =>
      fail(new Error(`an upload of ${contentBytes} was answered: ${answer}`)),
    )
  })
