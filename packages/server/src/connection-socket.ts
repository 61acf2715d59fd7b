import { Socket } from 'node:net'

/** What a connection is told of by its socket. */
export interface SocketListener {
  /** Whether content is coming, and is read as it comes. */
  readonly takesContent: boolean
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

const readBytes = 65_536

/**
 * Where the reads of all lean sockets land: each is taken, or copied, by its connection before the next comes.
 *
 * A socket as it is accepted has 64 KiB allocated for each read, cut down to what came, and sends that through a stream: for
 * requests of 600 bytes a quarter of all the CPU of a server that answers with a constant (9.1 and 6.9 us, Node 20).
 */
const shared: Buffer = Buffer.allocUnsafeSlow(readBytes)

/** A read of content that fills half of a buffer is given away with it, and not copied; so the next is to land in a new one. */
const largeRead = readBytes / 2

let next: Uint8Array = shared

/**
 * Node asks for it when a socket is made and when a read has been taken. One that is not shared goes to the socket that asks
 * first, and to no other: it may be given away with what is in it.
 */
const takeNext = (): Uint8Array => {
  const taken = next
  next = shared
  return taken
}

function onRead(this: Heard, length: number, memory: Uint8Array): boolean {
  const isLarge = length >= largeRead
  if (this[others]) return this.push(Buffer.from(memory.subarray(0, length)))
  const listener = this[listening]
  if (memory === shared) listener.lent(shared, length)
  else if (isLarge) listener.received(memory.subarray(0, length))
  else listener.received(Buffer.from(memory.subarray(0, length)))
  if (isLarge && listener.takesContent) next = Buffer.allocUnsafeSlow(readBytes)
  return true
}

const onread = { buffer: takeNext, callback: onRead }

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
