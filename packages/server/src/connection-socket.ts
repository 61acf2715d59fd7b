import { Socket } from 'node:net'

/** What a connection is told of by its socket. */
export interface SocketListener {
  received(bytes: Uint8Array): void
  /** As `received`, of the first bytes of memory that is another's as soon as this returns. */
  lent(memory: Buffer, length: number): void
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

type Heard = Socket & { [listening]: SocketListener; [others]?: true }

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

/** Those behind a proxy all come from one address: it is one string. */
let lastAddress = ''

/** Has it tell no more than that it has closed: it is a stream like any other from here on. */
export const handOver = (socket: Socket): void => {
  Object.assign(socket, { [others]: true })
  socket.off('data', onData).off('drain', onDrain).off('end', onEnd).off('error', onError)
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
  this[listening].closed()
}

/**
 * Where the reads of all lean sockets land: each is taken, or copied, by its connection before the next comes.
 *
 * A socket as it is accepted has 64 KiB allocated for each read, cut down to what came, and sends that through a stream: for
 * requests of 600 bytes a quarter of all the CPU of a server that answers with a constant (9.1 and 6.9 us, Node 20). Content is
 * copied; buffers that are given away with what is in them save a twelfth of the CPU of a large upload, but not its time, and
 * keep 0.4 MiB more of each that waits for its handler.
 */
const shared: Buffer = Buffer.allocUnsafeSlow(65_536)

function onRead(this: Heard, length: number): boolean {
  if (this[others]) return this.push(Buffer.from(shared.subarray(0, length)))
  this[listening].lent(shared, length)
  return true
}

const onread = { buffer: shared, callback: onRead }

/**
 * Makes a socket of the handle of another, that reads by `onread`: Node documents it for sockets that connect, and its servers
 * do not pass it on. Where there is no such handle, as in other runtimes, the accepted one is given back, and works as well.
 */
const leanSocket = (accepted: Socket): Socket => {
  const handle: unknown = Reflect.get(accepted, '_handle')
  if (!isNode || !readsIntoBuffers(handle)) return accepted
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
