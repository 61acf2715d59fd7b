import { keysOf } from './keys.ts'
import { OpenRedis } from './open-redis.ts'
import type { Engine } from '../engine/engine.ts'
import type { FindClient, RedisClient } from './client.ts'

export interface RedisOptions {
  /**
   * A client of the package `redis`. It is only duplicated: connect it if you use it yourself. Closing the hub leaves it as it is.
   * The client's `keyPrefix` is ignored: see `prefix`.
   *
   * Or a function that returns one. It is called before each connection is made, so it can find the current master.
   */
  readonly client: RedisClient | FindClient
  /** What all keys begin with; `sluice:` by default. Hubs with different prefixes share nothing. */
  readonly prefix?: string | undefined
}

/**
 * An engine on Redis Streams, for many processes.
 *
 * Each hub opens two connections with the settings of the client: one for commands, and one that waits for records of all topics which
 * the hub reads. Both reconnect when they are lost. A call waits for a connection for 2 seconds, then rejects.
 *
 * A fail-over and a restart of Redis may lose the last writes: readers get a gap `failover`.
 *
 * @param options.prefix What all keys begin with, `sluice:` by default.
 * @throws {TypeError} At the call, when `client` is of another kind.
 *
 * @example
 * ```ts
 * import { openHub } from '@sluice/hub'
 * import { redis, type RedisClient } from '@sluice/hub/redis'
 *
 * // client: createClient({ url: 'redis://localhost' }) of the package `redis`
 * export const open = (client: RedisClient) => openHub({ engine: redis({ client }) })
 * ```
 */
export const redis = ({ client, prefix = 'sluice:' }: RedisOptions): Engine => {
  if (typeof prefix !== 'string')
    throw new TypeError(
      `Cannot use the engine redis: found the prefix ${String(prefix)}, wanted a string`,
    )
  const find = typeof client === 'function' ? client : () => client
  if (typeof client !== 'function') checkClient(client)
  const keys = keysOf(prefix)
  return { name: 'redis', connect: (listener) => new OpenRedis(find, keys, listener) }
}

/** Clients of a cluster and of Sentinel send commands in another way, and have no `socket` to copy. */
const checkClient = (client: RedisClient): void => {
  const isOther = ['masters', 'getMasterNode'].some((name) => name in Object(client))
  if (typeof client?.duplicate === 'function' && !isOther) return
  throw new TypeError(
    'Cannot use the engine redis: found another kind of client, wanted one that createClient() made, or a function that gives one',
  )
}
