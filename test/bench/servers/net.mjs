// The floor: canned answers on node:net. No HTTP server in Node can beat it, and none may do what it does.
import { createServer } from 'node:net'
import { eventOf, messageOf } from './support/hub.mjs'
import { piece } from './support/pieces.mjs'
import { listen, serving } from './support/serving.mjs'

const answer = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Content-Type: text/plain',
    'Content-Length: 13',
    'Date: Fri, 20 Nov 2026 09:00:00 GMT',
    'Connection: keep-alive',
    '',
    'Hello, world!',
  ].join('\r\n'),
)

const onSockets = (serve) =>
  listen(
    createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {})
      serve(socket)
    }),
  )

/** Writes with back-pressure until all is written. */
const send = (socket, bytes) => {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
  let left = bytes
  const write = () => {
    while (left > 0) {
      const part = left < piece.length ? piece.subarray(0, left) : piece
      left -= part.length
      if (!socket.write(part)) return
    }
    socket.off('drain', write)
  }
  socket.on('drain', write)
  write()
}

/** Counts the bytes that the head names, and says what it was told: nothing of the content is looked at. */
const receive = (socket, first) => {
  const end = first.indexOf('\r\n\r\n') + 4
  const head = first.toString('latin1', 0, end)
  const wireBytes = Number(/x-wire-bytes: (\d+)/.exec(head)?.[1])
  const contentBytes = /x-content-bytes: (\d+)/.exec(head)?.[1] ?? ''
  let received = first.length - end
  socket.on('data', (bytes) => {
    received += bytes.length
    if (received < wireBytes) return
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${contentBytes.length}\r\n\r\n${contentBytes}`)
  })
}

const transfer = () =>
  onSockets((socket) => {
    socket.once('data', (bytes) => {
      const head = bytes.toString('latin1', 0, 60)
      if (head.startsWith('GET')) send(socket, Number(/bytes=(\d+)/.exec(head)?.[1]))
      else receive(socket, bytes)
    })
  })

/** Event streams, as bytes that were made before: what a connection costs that is a socket and nothing more. */
const events = () => {
  const open = new Set()
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
  return onSockets((socket) => {
    socket.on('close', () => open.delete(socket))
    socket.on('data', (bytes) => {
      const line = bytes.toString('latin1', 0, 40)
      if (line.startsWith('GET /events')) {
        socket.write(head + eventOf('hello'))
        open.add(socket)
      } else if (line.startsWith('GET /publish')) {
        const message = Buffer.from(eventOf(messageOf(Number(/bytes=(\d+)/.exec(line)?.[1]))))
        for (const each of open) each.write(message)
        socket.write(answer)
      } else socket.write(answer)
    })
  })
}

await serving({
  hello: () => onSockets((socket) => socket.on('data', () => socket.write(answer))),
  transfer,
  events,
})
