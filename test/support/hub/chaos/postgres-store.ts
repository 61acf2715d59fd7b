import { postgres } from '@sluice/hub/postgres'
import { poolOf, startPostgres } from '../postgres-server.ts'
import type { ChaosStore } from './chaos-store.ts'

export const postgresStore = async (): Promise<ChaosStore> => {
  const server = await startPostgres()
  const pools: ReturnType<typeof poolOf>[] = []
  return {
    name: 'postgres',
    engine() {
      const pool = poolOf(server)
      pools.push(pool)
      return postgres({ pool })
    },
    reach: { kind: 'postgres', address: server.address },
    async restart() {
      await server.stop('SIGKILL')
      await server.start()
    },
    async stop() {
      for (const pool of pools) await pool.end()
      await server.discard()
    },
  }
}
