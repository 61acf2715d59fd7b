// @slow 15
// The engine on a real Redis keeps the contract of engines.
import { engineTests } from '@sluice/hub/engine-tests'
import { redis } from '@sluice/hub/redis'
import { suite } from 'uvu'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const engine = suite(`redis: the contract of engines${unlessRedis}`)

let server: RedisServer
let made = 0
engine.before(async () => {
  if (hasRedis) server = await startRedis()
})
engine.after(() => server?.stop())

const makeEngine = () => redis({ client: server.client, prefix: `test ${++made}:` })

for (const { name, run } of engineTests(makeEngine))
  if (hasRedis) engine(name, run)
  else engine.skip(name, run)

engine.run()
