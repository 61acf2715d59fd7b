import type { Socket } from 'node:net'

/** The socket of a client. Only `socket.ts` and `read-memory.ts` know that it is one of `node:net` or `node:tls`. */
export type ClientSocket = Socket

/** What a socket reports to its connection. */
export interface SocketListener {
  received(bytes: Uint8Array): void
  /** As `received`, of the first bytes of memory that is reused as soon as this returns. */
  lent(memory: Buffer, length: number): void
  /**
   * Memory for the next read, if content comes fast; `undefined` for the shared memory.
   *
   * @param given The memory of the last read, unless that was the shared one: it has been received and given away.
   * @param isFull Whether the last read filled its memory. Then more is waiting, as a rule. After a read that did not fill it a
   *   connection holds no memory.
   */
  memoryAfter(given: Buffer | undefined, isFull: boolean): Buffer | undefined
  /** The socket has room again. */
  roomMade(): void
  /** The client has closed its half of the connection. */
  inputEnded(): void
  failed(error: unknown): void
  closed(): void
}

/** Where a socket has its connection: listeners are the same functions for all sockets, since closures were 0.4 KiB for each. */
export const listener: unique symbol = Symbol('listener')
/** Whether the socket was taken over. */
export const takenOver: unique symbol = Symbol('taken over')

export type HeardSocket = ClientSocket & {
  [listener]: SocketListener
  [takenOver]?: true
}
