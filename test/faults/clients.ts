import { ab } from './clients/ab.ts'
import { curl } from './clients/curl.ts'
import { h2load } from './clients/h2load.ts'
import { nginx } from './clients/nginx.ts'
import { undici } from './clients/undici.ts'
import { wrkClient } from './clients/wrk.ts'
import { isInstalled } from './support/programs.ts'
import { skipped } from './support/row.ts'
import type { Client } from './clients/client.ts'
import type { Mark, Measured, Row } from './support/row.ts'
import type { ServerProcess } from './support/server-process.ts'

const measure = async ({ program, run }: Client, server: ServerProcess): Promise<Measured> => {
  if (program !== undefined && !isInstalled(program)) return skipped(`${program} is not installed`)
  return run(server)
}

/** A proxy keeps its connections for a minute; whoever closes them before it may meet its next request. */
const options = { idleTimeoutMs: 65_000 }

const rowOf = (name: string, client: Client): Row => ({
  name: `clients-${name}`,
  async run(lab): Promise<readonly Mark[]> {
    const node = await measure(client, await lab.start('node', options))
    const sluice = await measure(client, await lab.start('sluice', options))
    return [{ title: client.title, wanted: 'without one failed request', sluice, node }]
  },
})

/** Clients that others use, each at its ease: none of their requests may fail. */
export const clients: readonly Row[] = [
  rowOf('wrk', wrkClient),
  rowOf('ab', ab),
  rowOf('h2load', h2load),
  rowOf('curl', curl),
  rowOf('nginx', nginx),
  rowOf('undici', undici),
]
