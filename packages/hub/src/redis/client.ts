/** A client of the package `redis`, version 5 or 6: what `createClient` returns. It need not be connected, and is only duplicated. */
export interface RedisClient {
  readonly options?: { readonly socket?: object | undefined } | undefined
  duplicate(overrides?: object): RedisConnection
}

/** Finds the client whose settings the next connection uses. */
export type FindClient = () => RedisClient | Promise<RedisClient>

/** A duplicate of the client. */
export interface RedisConnection {
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  sendCommand(args: readonly (string | Uint8Array)[]): Promise<unknown>
  destroy(): void
}

interface BufferMaker {
  from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array
}

const isBufferMaker = (value: unknown): value is BufferMaker =>
  typeof value === 'function' && 'from' in value

/** The `Buffer` of the platform, which the package `redis` needs too: it takes no other bytes. */
const bufferMaker = (): BufferMaker => {
  const found: unknown = Reflect.get(globalThis, 'Buffer')
  if (isBufferMaker(found)) return found
  throw new TypeError('Cannot use the engine redis: found no global Buffer')
}

/** The type of replies that hold bytes or text: a bulk string of the protocol. */
const bulkString = 36

/** Opens a connection with the settings of a client, except for those that replies or retries depend on. */
export const duplicateOf = (client: RedisClient): RedisConnection =>
  client.duplicate({
    socket: { ...client.options?.socket, reconnectStrategy: false },
    // Replies have the same shape in all versions of the package. What needs the third version of the protocol is turned off.
    RESP: 2,
    clientSideCache: undefined,
    emitInvalidate: false,
    maintNotifications: 'disabled',
    // A command that was sent before the connection was lost is never sent again.
    disableOfflineQueue: true,
    commandOptions: { timeout: undefined, typeMapping: { [bulkString]: bufferMaker() } },
  })

/** The same bytes, as the package `redis` takes them. */
export const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  bufferMaker().from(buffer, byteOffset, length)
