// A process that takes part in producing topics on Redis or PostgreSQL. Prints what happens, one line each.
// node producing-program.js redis|postgres PATH LEASE_MS TOPIC...
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { redis } from '@sluice/hub/redis'
import pg from 'pg'
import { createClient } from 'redis'

const [name = '', path = '', leaseMs = '', ...topics] = process.argv.slice(2)

const engine =
  name === 'redis'
    ? redis({ client: createClient({ socket: { path, tls: false } }) })
    : postgres({ pool: new pg.Pool({ host: path, user: 'sluice', database: 'postgres' }) })
const hub = openHub({ engine, leaseMs: Number(leaseMs) })

const now = () => performance.timeOrigin + performance.now()

/** Numbers, which continue behind the last one. */
async function* numbers(name: string, last: number, signal: AbortSignal) {
  console.log(`produces ${name} ${now()}.`)
  signal.addEventListener('abort', () => console.log(`aborted ${name} ${now()}.`))
  for (let i = last + 1; !signal.aborted; i++) {
    yield i
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

for (const name of topics) {
  const topic = hub.topic<number>(name)
  // Stands by as long as it has a reader.
  const reading = async () => {
    for await (const _ of topic.read({ from: 'now' }));
  }
  reading().catch(() => {})
  topic.produce(({ signal, last }) => numbers(name, last?.value ?? 0, signal))
}
console.log('ready')
// The timers of a hub do not keep a process alive.
setInterval(() => {}, 60_000)
