// A process that appends to a topic until it is killed. It prints `acked`, the number and the id of each entry that the engine has.
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { redis } from '@sluice/hub/redis'
import pg from 'pg'
import { createClient } from 'redis'
import { appendLoad } from './append-load.ts'
import type { Engine } from '@sluice/hub'
import type { Reach } from './chaos-store.ts'

interface Arguments {
  readonly reach: Reach
  readonly topic: string
  readonly name: string
  readonly perSecond: number
  readonly keepEntries: number
}

const engineOf = (reach: Reach): Engine => {
  switch (reach.kind) {
    case 'redis':
      return redis({ client: createClient({ socket: { host: '127.0.0.1', port: reach.port } }) })
    case 'postgres': {
      const pool = new pg.Pool(reach.address)
      pool.on('error', () => {})
      return postgres({ pool })
    }
  }
}

const { reach, topic, name, perSecond, keepEntries }: Arguments = JSON.parse(process.argv[2] ?? '')
const hub = openHub({ engine: engineOf(reach), onError: () => {} })

// A pipe is written to before the call returns, so a line is there though the process is killed next.
await appendLoad(
  hub.topic(topic, { keep: { entries: keepEntries } }),
  {
    name,
    perSecond,
    acked: (n, id) => process.stdout.write(`acked ${n} ${id}\n`),
    failed: (_, error) => process.stdout.write(`${error}\n`),
  },
  () => false,
)
