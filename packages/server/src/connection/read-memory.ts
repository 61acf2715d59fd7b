import { Socket } from 'node:net'
import { listener, takenOver } from './socket-listener.ts'
import type { ClientSocket, HeardSocket } from './socket-listener.ts'

/**
 * Lean sockets read into this, unless they have memory of their own. A connection parses, or copies, what was read before the
 * next read.
 *
 * A socket as Node accepts it allocates 64 KiB for each read, cuts that down to what came, and sends it through a stream. For
 * short requests that is a good part of the server's CPU time.
 */
const shared: Buffer = Buffer.allocUnsafeSlow(65_536)

/**
 * Bytes of the memory of its own that a socket reads into while content comes faster than the shared memory takes it. What is
 * read is given away with its memory, not copied. That is faster: half as many reads, no copy, and less memory that is given back
 * and faulted in again.
 */
export const ownBytes = 131_072

/** Where the socket whose callback has just run reads next; `undefined` if it reads into the same memory again. */
let nextMemory: Buffer | undefined

/**
 * The socket that has just been given other memory to read into, or whose memory has just been given away.
 *
 * If an uncaught exception ends the same turn and the process survives it, Node does not learn of the new memory. It would go on
 * reading into memory that has been given away. So the connection is cut before it can.
 */
let changing: ClientSocket | undefined
/** Sockets that have read into memory of their own, and have not closed. */
const owners = new Set<ClientSocket>()

const cutChanging = (): void => {
  changing?.destroy()
  changing = undefined
}

const own = (socket: ClientSocket): void => {
  if (owners.size === 0) process.on('uncaughtExceptionMonitor', cutChanging)
  owners.add(socket)
}

/** Called when a socket has closed. */
export const releaseMemory = (socket: ClientSocket): void => {
  if (!owners.delete(socket)) return
  if (changing === socket) changing = undefined
  if (owners.size === 0) process.off('uncaughtExceptionMonitor', cutChanging)
}

function onRead(this: HeardSocket, length: number, memory: Buffer): boolean {
  const connection = this[listener]
  const isShared = memory === shared
  nextMemory = isShared ? undefined : shared
  changing = isShared ? undefined : this
  if (this[takenOver]) return this.push(Buffer.from(memory.subarray(0, length)))
  if (isShared) connection.lent(shared, length)
  else connection.received(memory.subarray(0, length))
  const isFull = length === memory.length
  if (isFull || !isShared)
    nextMemory = connection.memoryAfter(isShared ? undefined : memory, isFull) ?? nextMemory
  if (nextMemory !== undefined && isShared) {
    own(this)
    changing = this
  }
  return true
}

const onread = { buffer: () => nextMemory, callback: onRead }

/**
 * Makes a socket of the handle of another that reads with `onread`. Node documents `onread` for sockets that connect, and its
 * servers do not pass it on. If there is no such handle, as in other runtimes, gives back the accepted socket, which works as well.
 */
export const leanSocket = (accepted: ClientSocket): ClientSocket => {
  const handle: unknown = Reflect.get(accepted, '_handle')
  if (!isNode || !readsIntoBuffers(handle)) return accepted
  nextMemory = shared
  const options = { handle, allowHalfOpen: accepted.allowHalfOpen, onread }
  const socket = new Socket(options)
  // The server counts its connections by this, when they go.
  Object.assign(socket, { _server: Reflect.get(accepted, '_server') })
  Object.assign(accepted, { _handle: null, _server: null })
  return socket
}

/** Other runtimes have internals of the same names that do something else. */
const isNode = !('bun' in process.versions || 'deno' in process.versions)

const readsIntoBuffers = (handle: unknown): handle is object =>
  typeof handle === 'object' &&
  handle !== null &&
  'useUserBuffer' in handle &&
  typeof handle.useUserBuffer === 'function'
