import { memory } from '@sluice/hub'
import type { Engine } from '@sluice/hub'

export interface Store {
  readonly engine: Engine
  /** Whether other processes can use it too. */
  readonly isShared: boolean
  /** Closes what the hub does not: call it once the hub is closed. */
  close(): Promise<void>
}

/** Where the logs are: in Redis or PostgreSQL if the environment names one, else in the memory of this process. */
export const openStore = async (): Promise<Store> => {
  const { REDIS_URL, DATABASE_URL } = process.env
  if (REDIS_URL !== undefined) return openRedis(REDIS_URL)
  if (DATABASE_URL !== undefined) return openPostgres(DATABASE_URL)
  return { engine: memory(), isShared: false, close: async () => {} }
}

const openRedis = async (url: string): Promise<Store> => {
  const { redis } = await import('@sluice/hub/redis')
  const { createClient } = await import('redis')
  // The hub uses copies of the client, which it closes.
  return { engine: redis({ client: createClient({ url }) }), isShared: true, close: async () => {} }
}

const openPostgres = async (connectionString: string): Promise<Store> => {
  const { postgres } = await import('@sluice/hub/postgres')
  const { Pool } = await import('pg')
  const pool = new Pool({ connectionString })
  return { engine: postgres({ pool }), isShared: true, close: () => pool.end() }
}
