import { memory } from '@sluice/hub'
import type { Engine } from '@sluice/hub'

/** Where the logs are: in a PostgreSQL inside of this process, if the environment names its folder, else in memory. */
export const engineHere = async (): Promise<Engine> => {
  const { PGLITE_DIR } = process.env
  if (PGLITE_DIR === undefined) return memory()
  const { postgres } = await import('@sluice/hub/postgres')
  const { PGlite } = await import('@electric-sql/pglite')
  return postgres({ pool: await PGlite.create(PGLITE_DIR) })
}
