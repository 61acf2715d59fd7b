// What a worker does with chunks that come and go by a MessagePort. Each is acknowledged, so that memory is bounded.
import { parentPort } from 'node:worker_threads'
import { piece } from '../support/pieces.mjs'

/** Chunks that are under way at most. */
export const credit = 16

const up = (port, done) => {
  let bytes = 0
  port.on('message', (chunk) => {
    if (chunk === null) {
      port.postMessage({ bytes })
      done()
    } else {
      bytes += chunk.length
      port.postMessage(null)
    }
  })
}

const down = (port, bytes, done) => {
  let left = bytes
  let room = credit
  const send = () => {
    while (left > 0 && room > 0) {
      room--
      port.postMessage(left < piece.length ? piece.subarray(0, left) : piece)
      left -= piece.length
    }
    if (left > 0) return
    port.postMessage(null)
    done()
  }
  port.on('message', () => {
    room++
    if (left > 0) send()
  })
  send()
}

export const exchange = ({ port, bytes }) =>
  new Promise((resolve) => (bytes === undefined ? up(port, resolve) : down(port, bytes, resolve)))

export const small = () => 'Hello, world!'

/** For a plain Worker: a task each message. */
parentPort?.on('message', (task) => {
  if (task.isPlain) exchange(task)
})
