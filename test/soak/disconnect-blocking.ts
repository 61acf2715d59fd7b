// Blocking functions whose clients leave: while they read, while they write, and while they wait for a thread. Anything that it prints is
// wrong.
import { blocking, workerPool } from '@sluice/blocking'
import { readBytes } from '@sluice/body'
import { closeOnSignal, serve } from '@sluice/server'
import { request, text } from '@sluice/stack'
import { control, counts } from '../faults/servers/control.ts'
import { Gate } from '../support/blocking/gate.ts'
import { program } from '../support/blocking/program.ts'
import { tell } from './leave-routes.ts'
import type { HttpResponse } from '@sluice/stack'

const threads = 16
const pool = workerPool({ threads, queue: 1000 })
const single = workerPool({ threads: 1, queue: 1000, timeoutMs: Number.POSITIVE_INFINITY })

/** How many functions have begun to read and to write, and how many of each have heard that their client had gone. */
const heard = new SharedArrayBuffer(16)
const gate = new Gate()
const leaving = (exportName: string) =>
  blocking<object>(program('leaving'), {
    pool: exportName === 'holds' ? single : pool,
    exportName,
  })

const [reads, writes, holds] = [leaving('reads'), leaving('writes'), leaving('holds')]

/** All threads start now: each has descriptors. */
const warm = async () => {
  const quick = leaving('quick')
  const responses = await Promise.all(
    Array.from({ length: threads }, () => quick(request(), { heard })),
  )
  await Promise.all(responses.map(({ body }) => readBytes(body)))
}

await warm()
// Holds the only thread of its pool, so that all who come for it wait.
const held = holds(request(), { gate: gate.memory })
while (single.running === 0) await new Promise((resolve) => setImmediate(resolve))

const found = (): HttpResponse => {
  const [reading, gone, writing, lost] = new Int32Array(heard)
  return text(`${reading} ${gone} ${writing} ${lost}`)
}

const server = await serve(
  (given) => {
    switch (given.target) {
      case '/paths':
        return text('/upload /written /queued')
      case '/heard':
        return found()
    }
    counts.started++
    if (given.target === '/upload') return reads(given, { heard })
    return given.target === '/written'
      ? writes(given, { heard })
      : holds(given, { gate: gate.memory })
  },
  { onError: tell },
)
closeOnSignal(server, { graceMs: 5000 })
server.closed.then(() => gate.open())
held.then(({ body }) => readBytes(body))
control(server.port)
