// @waits
// @slow 30
// @seconds 240
// Producing by processes that share a store: stop crosses them, and a lease moves when its process is killed.
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { redis } from '@sluice/hub/redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  poolOf,
  postgresPrograms,
  startPostgres,
  unlessPostgres,
} from '../support/hub/postgres-server.ts'
import { hasRedis, startRedis, unlessRedis } from '../support/hub/redis-server.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { within } from '../support/within.ts'
import type { Engine, Topic } from '@sluice/hub'
import type { RunningProgram } from '../support/repository/running-program.ts'

interface Store {
  readonly path: string
  readonly engine: Engine
  close(): Promise<void>
}

const openRedis = async (): Promise<Store> => {
  const server = await startRedis()
  return { path: server.path, engine: redis({ client: server.client }), close: server.stop }
}

const openPostgres = async (): Promise<Store> => {
  const server = await startPostgres()
  const pool = poolOf(server)
  return {
    path: server.address.host,
    engine: postgres({ pool }),
    async close() {
      await pool.end()
      await server.discard()
    },
  }
}

/** Milliseconds. */
const soon = 30_000
const leaseMs = 1_000

const now = () => performance.timeOrigin + performance.now()

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const produced = /produces t ([\d.]+)\.\n/

interface Lab {
  topic(name: string): Topic<number>
  start(...topics: string[]): Promise<RunningProgram>
}

const withLab = async (
  name: string,
  open: () => Promise<Store>,
  run: (lab: Lab) => Promise<void>,
): Promise<void> => {
  const store = await open()
  const { file, discard } = await compileFile('test/support/hub/producing-program.ts')
  const hub = openHub({ engine: store.engine, leaseMs })
  const started: RunningProgram[] = []
  try {
    await run({
      topic: (name) => hub.topic(name),
      async start(...topics) {
        const program = startProgram(process.execPath, [
          file,
          name,
          store.path,
          String(leaseMs),
          ...topics,
        ])
        started.push(program)
        await program.printed(/ready/)
        return program
      },
    })
  } finally {
    for (const program of started) program.signal('SIGKILL')
    await hub.close()
    await store.close()
    discard()
  }
}

/** Reads numbers, each once and in order, until `done`. */
const readNumbers = async (
  topic: Topic<number>,
  done: (value: number) => boolean,
): Promise<number> => {
  let last = 0
  for await (const item of topic.read()) {
    if (item.kind !== 'entry') throw new Error(`found ${JSON.stringify(item)}`)
    assert.is(item.value, last + 1)
    last = item.value
    if (done(last)) break
  }
  return last
}

for (const { name, title, isHere, open } of [
  { name: 'redis', title: `Redis${unlessRedis}`, isHere: hasRedis, open: openRedis },
  {
    name: 'postgres',
    title: `PostgreSQL${unlessPostgres}`,
    isHere: postgresPrograms !== undefined,
    open: openPostgres,
  },
]) {
  const produces = suite(`processes that produce on ${title}`)
  const test = isHere ? produces : produces.skip

  test('stop crosses processes: the signal of the source aborts', () =>
    withLab(name, open, async (lab) => {
      const topics = Array.from({ length: 40 }, (_, i) => `t${i}-`)
      const program = await lab.start(...topics)
      const took: number[] = []
      for (const each of topics) {
        const topic = lab.topic(each)
        await within(
          soon,
          readNumbers(topic, (value) => value >= 2),
        )
        const stoppedAt = now()
        await topic.stop('enough')
        const [, abortedAt] = await program.printed(new RegExp(`aborted ${each} ([\\d.]+)\\.\\n`))
        took.push(Number(abortedAt) - stoppedAt)
      }
      console.log(`  ${title}: stop crosses in ${median(took).toFixed(1)} ms at the median`)
      assert.is(took.filter((ms) => ms > 0).length, topics.length)
    }))

  test('after SIGKILL another process continues behind the last entry', () =>
    withLab(name, open, async (lab) => {
      const first = await lab.start('t')
      await first.printed(produced)
      let producer = first
      const took: number[] = []
      const reading = readNumbers(lab.topic('t'), () => took.length === 4)
      while (took.length < 4) {
        const next = await lab.start('t')
        const killedAt = now()
        producer.signal('SIGKILL')
        const [, at] = await next.printed(produced)
        took.push(Number(at) - killedAt)
        producer = next
      }
      await within(soon, reading)
      const shown = took.map((ms) => ms.toFixed(0)).join(', ')
      console.log(`  ${title}: a lease of ${leaseMs} ms moves in ${shown} ms`)
    }))

  produces.run()
}
