import { memory } from '@sluice/hub'
import type { Engine } from '@sluice/hub'

export interface Store {
  readonly engine: Engine
  /** Closes what the hub does not: call it once the hub is closed. */
  close(): Promise<void>
}

/** Where the logs are: in a PostgreSQL inside of this process, if the environment names its folder, else in memory. */
export const openStore = async (): Promise<Store> => {
  const { PGLITE_DIR } = process.env
  if (PGLITE_DIR === undefined) return { engine: memory(), close: async () => {} }
  const { postgres } = await import('@sluice/hub/postgres')
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create(PGLITE_DIR)
  return { engine: postgres({ pool: database }), close: () => database.close() }
}
