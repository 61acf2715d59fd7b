import { connect } from 'node:net'
import { browserFields } from '../support/fields.mjs'

/** What a browser sends: a server that keeps the head of a request for as long as it answers shows it here. */
const requestOf = (target) =>
  [
    `GET ${target} HTTP/1.1`,
    'host: localhost',
    ...Object.entries(browserFields).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n')

/** How many connections are opened at once: a listener's queue is short. */
const atOnce = 100

const open = (port, onData) =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // A server that is stopped resets what is open.
      socket.on('error', () => {})
      socket.on('data', (bytes) => onData(socket, bytes))
      resolve(socket)
    })
  })

/** Waits until something is so; fails when that takes too long. */
const until = async (what, isSo, ms = 20_000) => {
  const deadline = performance.now() + ms
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what} took too long`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/**
 * Many connections that have asked for one thing and read what comes.
 *
 * `marker` ends each thing that is waited for: an event, or the end of an answer.
 */
export class StreamClients {
  #sockets = []
  #seen = 0
  #waiting
  #marker

  constructor(marker) {
    this.#marker = Buffer.from(marker)
  }

  get count() {
    return this.#sockets.length
  }

  /** Opens so many more, each with the same request, and waits for the first marker on each. */
  async open(port, count, target) {
    const request = requestOf(target)
    const wanted = this.#seen + count
    for (let left = count; left > 0; left -= atOnce) {
      const some = Array.from({ length: Math.min(atOnce, left) }, () => open(port, this.#take))
      for (const socket of await Promise.all(some)) {
        this.#sockets.push(socket)
        socket.write(request)
      }
    }
    await until(`the first answer to ${count} clients`, () => this.#seen >= wanted)
  }

  #take = (_socket, bytes) => {
    for (let at = bytes.indexOf(this.#marker); at >= 0; ) {
      this.#seen++
      at = bytes.indexOf(this.#marker, at + this.#marker.length)
    }
    if (this.#waiting !== undefined && this.#seen >= this.#waiting.wanted) {
      const { resolve } = this.#waiting
      this.#waiting = undefined
      resolve()
    }
  }

  /** Fulfils when each has one more of what is waited for; to be called before that is sent. */
  oneMore() {
    return new Promise((resolve) => {
      this.#waiting = { wanted: this.#seen + this.#sockets.length, resolve }
    })
  }

  close() {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets = []
  }
}
