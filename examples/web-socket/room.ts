import type { WebSocket } from 'ws'

export interface RoomLimits {
  /** Bytes that may wait for a client that does not read; one more, and it is closed with 1013. */
  readonly maxWaitingBytes: number
  /** Messages and pings of one client between two pings of ours; one more, and it is closed with 1008. */
  readonly maxMessages: number
  /** A client that has not answered one ping at the next is gone. */
  readonly pingMs: number
}

/** All who are here: what one of them says reaches all. */
export class Room {
  readonly #limits: RoomLimits
  readonly #sockets = new Set<WebSocket>()
  #came = 0

  constructor(limits: RoomLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#sockets.size
  }

  enter(socket: WebSocket): void {
    const { maxWaitingBytes, maxMessages, pingMs } = this.#limits
    const name = `#${++this.#came}`
    let isAlive = true
    let received = 0
    const beat = setInterval(() => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      received = 0
      socket.ping()
    }, pingMs)
    socket.on('pong', () => {
      isAlive = true
    })
    const isOneTooMany = () => ++received > maxMessages
    socket.on('message', (words) => {
      if (isOneTooMany()) this.#close(socket, 1008, 'too many messages')
      else this.say(`${name}: ${words}`)
    })
    socket.on('ping', (bytes) => {
      if (isOneTooMany()) this.#close(socket, 1008, 'too many pings')
      else if (socket.bufferedAmount <= maxWaitingBytes) socket.pong(bytes)
    })
    // What is wrong with the connection, or with a message, closes it.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(beat)
      this.#sockets.delete(socket)
      this.say(`${name} left: ${this.size} here`)
    })
    this.#sockets.add(socket)
    this.say(`${name} came: ${this.size} here`)
  }

  /** Nobody waits for a slow client. Once too much waits for it, it gets nothing more, and is told so if it reads on. */
  say(line: string): void {
    for (const socket of this.#sockets)
      if (socket.bufferedAmount <= this.#limits.maxWaitingBytes) socket.send(line)
      else this.#close(socket, 1013, 'too slow')
  }

  /** `ws` ends the connection of a client that does not answer. */
  #close(socket: WebSocket, code: number, reason: string): void {
    this.#sockets.delete(socket)
    socket.close(code, reason)
  }
}
