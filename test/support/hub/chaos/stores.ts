import { postgresPrograms } from '../postgres-server.ts'
import { hasRedis } from '../redis-server.ts'
import { memoryStore } from './memory-store.ts'
import { postgresStore } from './postgres-store.ts'
import { redisStore } from './redis-store.ts'
import type { ChaosStore } from './chaos-store.ts'

type StartStore = () => ChaosStore | Promise<ChaosStore>

/** The stores that can be started here, by the name of their engine. */
export const stores: ReadonlyMap<string, StartStore> = new Map<string, StartStore>([
  ['memory', memoryStore],
  ...(hasRedis ? [['redis', redisStore] as const] : []),
  ...(postgresPrograms === undefined ? [] : [['postgres', postgresStore] as const]),
])
