import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientTls } from '@sluice/stack'

/** What a connection is told of by its socket. */
export interface SocketListener {
  received(bytes: Uint8Array): void
  /** As `received`, of the first bytes of memory that is another's as soon as this returns. */
  lent(memory: Buffer, length: number): void
  /**
   * Memory of its own for the next read, where content comes fast; `undefined` for the shared one.
   *
   * @param given The memory that the last read was into, where that was its own: it has been received, and given away.
   * @param isFull Whether that was filled: then more is waiting, as a rule. After a read that did not fill it a connection holds none.
   */
  memoryAfter(given: Buffer | undefined, isFull: boolean): Buffer | undefined
  /** The socket takes more again. */
  roomMade(): void
  /** The other side will send no more. */
  inputEnded(): void
  failed(error: unknown): void
  closed(): void
}

/** Where a socket has its connection: the listeners are the same functions for all, where closures were 0.4 KiB for each. */
const listening = Symbol('listener')
/** Whether it was taken over. */
const others = Symbol('taken over')

/** Whether it has read into memory of its own. */
const owning = Symbol('owning')

type Heard = Socket & { [listening]: SocketListener; [others]?: true; [owning]?: true }

/**
 * Has a socket that a server has accepted tell its connection, and gives the socket to use in its place.
 *
 * @param lean Whether that may be another one, which reads for less.
 */
export const hear = (accepted: Socket, listener: SocketListener, lean: boolean): Socket => {
  const socket = lean ? leanSocket(accepted) : accepted
  Object.assign(socket, { [listening]: listener })
  socket.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
  return socket === accepted ? socket.on('data', onData) : socket
}

/** The other end's address and port; empty and 0 where there are none, as of a Unix socket. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/**
 * Asked for once, when a connection comes: a socket that was reset has forgotten it, and logs are written after that.
 *
 * @param isOurs Whether nobody else has the socket: what Node keeps of the answer, 90 bytes, is dropped then.
 */
export const peerOf = (socket: Socket, isOurs: boolean): Peer => {
  const { remoteAddress: address = '', remotePort: port = 0 } = socket
  if (isOurs && '_peername' in socket) Reflect.set(socket, '_peername', null)
  lastAddress = address === lastAddress ? lastAddress : address
  return { address: lastAddress, port }
}

/**
 * What TLS knows about a client; `undefined` without TLS. Read once, like the address: a socket that has closed no longer knows
 * it.
 */
export const tlsOf = (socket: Socket): ClientTls | undefined =>
  isTlsSocket(socket)
    ? {
        protocol: socket.getProtocol() ?? '',
        serverName: typeof socket.servername === 'string' ? socket.servername : undefined,
        peerCertificate: socket.getPeerX509Certificate(),
        authorized: socket.authorized,
      }
    : undefined

/** Checks the shape, so that `node:tls` is loaded only if it is used. */
const isTlsSocket = (socket: Socket): socket is TLSSocket & { readonly servername?: unknown } =>
  'getPeerX509Certificate' in socket

/** Those behind a proxy all come from one address: it is one string. */
let lastAddress = ''

/**
 * Makes it a stream like any other, which only reports to us that it has failed or closed. An error without another listener, such
 * as the client's reset, does not end the process.
 */
export const handOver = (socket: Socket): void => {
  Object.assign(socket, { [others]: true })
  socket.off('data', onData).off('drain', onDrain).off('end', onEnd)
  // Neither flowing nor paused: bytes wait for whoever listens next, as they do after Node's own upgrades.
  Reflect.set(socket, 'readableFlowing', null)
  // A lean socket that was paused has stopped reading, and takes itself to be reading: a listener to `readable` would wait for ever.
  socket.read(0)
}

function onData(this: Heard, bytes: Uint8Array): void {
  this[listening].received(bytes)
}

function onDrain(this: Heard): void {
  this[listening].roomMade()
}

function onEnd(this: Heard): void {
  this[listening].inputEnded()
}

function onError(this: Heard, error: unknown): void {
  this[listening].failed(error)
}

function onClose(this: Heard): void {
  if (this[owning]) disown(this)
  this[listening].closed()
}

/**
 * Where the reads of lean sockets land that have no memory of their own: each is taken, or copied, by its connection before the
 * next comes.
 *
 * A socket as it is accepted has 64 KiB allocated for each read, cut down to what came, and sends that through a stream: for
 * requests of 600 bytes a quarter of all the CPU of a server that answers with a constant (9.1 and 6.9 us, Node 20).
 */
const shared: Buffer = Buffer.allocUnsafeSlow(65_536)

/**
 * Bytes of the memory of its own that a socket reads into while content comes faster than the shared memory takes it: what is
 * read is given away with its memory, not copied. A GiB in chunks of 64 KiB takes 0.63 of the time, 0.55 of the CPU (Node 20; on
 * 26 0.92 of the time): half as many reads, no copy, and less memory that is given back and faulted in again.
 */
export const ownBytes = 131_072

/** Where the socket whose call-back has just run reads next; `undefined` where that stays. */
let nextMemory: Buffer | undefined

/**
 * The socket that has just been given other memory to read into, or whose memory has just been given away.
 *
 * Node does not pass that on where an exception that nobody catches ends the same turn and the process survives it: it would go
 * on in memory that is somebody else's by now. So the connection is cut, before it can.
 */
let changing: Socket | undefined
let owners = 0

const cutChanging = (): void => {
  changing?.destroy()
  changing = undefined
}

const own = (socket: Heard): void => {
  if (socket[owning]) return
  socket[owning] = true
  if (++owners === 1) process.on('uncaughtExceptionMonitor', cutChanging)
}

const disown = (socket: Heard): void => {
  if (changing === socket) changing = undefined
  if (--owners === 0) process.off('uncaughtExceptionMonitor', cutChanging)
}

function onRead(this: Heard, length: number, memory: Buffer): boolean {
  const listener = this[listening]
  const isShared = memory === shared
  nextMemory = isShared ? undefined : shared
  changing = isShared ? undefined : this
  if (this[others]) return this.push(Buffer.from(memory.subarray(0, length)))
  if (isShared) listener.lent(shared, length)
  else listener.received(memory.subarray(0, length))
  const isFull = length === memory.length
  if (isFull || !isShared)
    nextMemory = listener.memoryAfter(isShared ? undefined : memory, isFull) ?? nextMemory
  if (nextMemory !== undefined && isShared) {
    own(this)
    changing = this
  }
  return true
}

const onread = { buffer: () => nextMemory, callback: onRead }

/**
 * Makes a socket of the handle of another, that reads by `onread`: Node documents it for sockets that connect, and its servers
 * do not pass it on. Where there is no such handle, as in other runtimes, the accepted one is given back, and works as well.
 */
const leanSocket = (accepted: Socket): Socket => {
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

/** Others have the names of these internals, and not what they do. */
const isNode = !('bun' in process.versions || 'deno' in process.versions)

const readsIntoBuffers = (handle: unknown): handle is object =>
  typeof handle === 'object' &&
  handle !== null &&
  'useUserBuffer' in handle &&
  typeof handle.useUserBuffer === 'function'
