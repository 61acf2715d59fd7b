import { memory } from '@sluice/hub'
import type { Engine } from '@sluice/hub'

/** Where the logs are: in Redis or PostgreSQL if the environment names one, else in the memory of this process. */
export const engineHere = async (): Promise<{
  readonly engine: Engine
  readonly isShared: boolean
}> => {
  const { REDIS_URL, DATABASE_URL } = process.env
  if (REDIS_URL !== undefined) return { engine: await onRedis(REDIS_URL), isShared: true }
  if (DATABASE_URL !== undefined) return { engine: await onPostgres(DATABASE_URL), isShared: true }
  return { engine: memory(), isShared: false }
}

const onRedis = async (url: string): Promise<Engine> => {
  const { redis } = await import('@sluice/hub/redis')
  const { createClient } = await import('redis')
  return redis({ client: createClient({ url }) })
}

const onPostgres = async (connectionString: string): Promise<Engine> => {
  const { postgres } = await import('@sluice/hub/postgres')
  const { Pool } = await import('pg')
  return postgres({ pool: new Pool({ connectionString }) })
}
