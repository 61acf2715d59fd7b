import { callUser, tlsOf } from '@sluice/stack/host'
import { leanSocket, releaseMemory } from './read-memory.ts'
import { listener, takenOver } from './socket-listener.ts'
import type { ClientTls } from '@sluice/stack'
import type { TakeOver } from '../take-over.ts'
import type { ClientSocket, HeardSocket, SocketListener } from './socket-listener.ts'

/**
 * Has an accepted socket report to its connection, and gives the socket to use in its place.
 *
 * @param lean Whether that may be another socket, which costs less to read from.
 */
export const hear = (accepted: ClientSocket, to: SocketListener, lean: boolean): ClientSocket => {
  const socket = lean ? leanSocket(accepted) : accepted
  Object.assign(socket, { [listener]: to })
  socket.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
  return socket === accepted ? socket.on('data', onData) : socket
}

/** The other end of a connection. Its address and port are empty and 0 if there are none, as on a Unix socket. */
export interface Peer {
  readonly address: string
  readonly port: number
  readonly tls: ClientTls | undefined
}

/**
 * Read once, when a connection comes: a socket that was reset or closed has forgotten it, and logs are written after that.
 *
 * @param isOurs Whether no other code has the socket. Then the copy of the address that Node keeps is dropped, to save memory.
 */
export const peerOf = (socket: ClientSocket, isOurs: boolean): Peer => {
  const { remoteAddress: address = '', remotePort: port = 0 } = socket
  if (isOurs && '_peername' in socket) Reflect.set(socket, '_peername', null)
  lastAddress = address === lastAddress ? lastAddress : address
  return { address: lastAddress, port, tls: tlsOf(socket) }
}

/** Those behind a proxy all come from one address: it is one string. */
let lastAddress = ''

/**
 * Gives the socket to a new owner, as a stream like any other, with the input that has come. It only reports to us that it has failed
 * or closed. An error without another listener, such as the client's reset, does not end the process.
 *
 * @param failed Called if the new owner throws, or rejects.
 */
export const handOver = (
  socket: ClientSocket,
  input: readonly Uint8Array[],
  to: TakeOver,
  failed: (error: unknown) => void,
): void => {
  Object.assign(socket, { [takenOver]: true })
  socket.off('data', onData).off('drain', onDrain).off('end', onEnd)
  // Neither flowing nor paused: bytes wait for the next listener, as they do after Node's own upgrades.
  Reflect.set(socket, 'readableFlowing', null)
  // A lean socket that was paused has stopped reading, and takes itself to be reading: a listener to `readable` would wait for ever.
  socket.read(0)
  const head = Buffer.concat(input)
  callUser(() => to(socket, head), failed)
}

function onData(this: HeardSocket, bytes: Uint8Array): void {
  this[listener].received(bytes)
}

function onDrain(this: HeardSocket): void {
  this[listener].roomMade()
}

function onEnd(this: HeardSocket): void {
  this[listener].inputEnded()
}

function onError(this: HeardSocket, error: unknown): void {
  this[listener].failed(error)
}

function onClose(this: HeardSocket): void {
  releaseMemory(this)
  this[listener].closed()
}
