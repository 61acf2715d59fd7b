import { redis } from '@sluice/hub/redis'
import { startRedis } from '../redis-server.ts'
import type { ChaosStore } from './chaos-store.ts'

/** A server that writes each command to a file before it answers, so a restart loses nothing. */
export const redisStore = async (): Promise<ChaosStore> => {
  const server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
  return {
    name: 'redis',
    engine: () => redis({ client: server.client }),
    reach: { kind: 'redis', port: server.port },
    async restart() {
      server.signal('SIGKILL')
      await server.restart()
    },
    stop: () => server.stop(),
  }
}
