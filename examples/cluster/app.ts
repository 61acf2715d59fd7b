// One port, several processes: each serves, one starts them, replaces those that fail, and restarts them one by one.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { sleep } from '@sluice/pause'
import { serve } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import type { Worker } from 'node:cluster'
import type { AddressInfo } from 'node:net'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/cluster',
  line: 'one port, several processes, restarted one by one without dropping a request',
  curl: (url: string): readonly string[] => [`curl -N ${url}`],
}

/** Takes a moment, so that a restart comes in the middle of some. */
async function* page(signal: AbortSignal): AsyncGenerator<string> {
  yield `process ${process.pid} begins\n`
  await sleep(300, { signal })
  yield `process ${process.pid} ends\n`
}

export const app: Handler = ({ method, client }) =>
  method === 'GET' || method === 'HEAD'
    ? stream(page(client.signal), { headers: { 'content-type': 'text/plain; charset=utf-8' } })
    : text('', { status: 405, headers: { allow: 'GET, HEAD' } })

const signals = ['SIGINT', 'SIGTERM'] as const
const graceMs = 10_000

/** What each of the processes does: it serves until it is told to close, and ends when its last response has. */
const work = async () => {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  // A terminal sends its signals to all of us. The primary hears them, and tells.
  for (const signal of signals) process.on(signal, () => {})
  process.once('message', () => server.close({ graceMs }))
  await server.closed
  cluster.worker?.disconnect()
}

/** Starts a process and waits until it listens; fails when it ends before that. */
const start = async (): Promise<{ worker: Worker; address: AddressInfo }> => {
  const worker = cluster.fork()
  const listening: Promise<AddressInfo[]> = once(worker, 'listening')
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`Cannot start a process: it ended with ${code}`)
  })
  const [address] = await Promise.race([listening, ended])
  if (address === undefined) throw new Error('Cannot start a process: it listens nowhere')
  return { worker, address }
}

const workers = () => Object.values(cluster.workers ?? {}).filter((each) => each !== undefined)

/** Tells a process to close; one that has ended in the meantime needs no telling. */
const tell = (worker: Worker) => worker.send('close', () => {})

/** Replaces one process after another: a new one listens before the old one is told to close. */
const restart = async () => {
  for (const old of workers()) {
    const ended = once(old, 'exit')
    await start()
    tell(old)
    await ended
  }
}

const lead = async () => {
  let stopping = false
  let restarting = false
  for (const signal of signals)
    process.on(signal, () => {
      // The second time nobody waits.
      if (stopping) for (const worker of workers()) worker.process.kill('SIGKILL')
      else for (const worker of workers()) tell(worker)
      stopping = true
    })
  process.on('SIGHUP', async () => {
    if (stopping || restarting) return
    restarting = true
    // When the new ones do not start, the old ones serve on.
    await restart().then(() => console.log('restarted'), console.error)
    restarting = false
  })
  cluster.on('exit', async (worker, code, signal) => {
    if (stopping || worker.exitedAfterDisconnect) return
    console.error(`process ${worker.process.pid} ended with ${signal ?? code}`)
    // One that always fails is not to be started as fast as it can fail.
    await sleep(500)
    if (!stopping) await start().catch(console.error)
  })
  const count = Number(process.env.WORKERS ?? availableParallelism())
  const started = await Promise.all(Array.from({ length: count }, start))
  const port = started[0]?.address.port
  for (const line of about.curl(`http://127.0.0.1:${port}${about.path}`)) console.log(line)
  console.log(`kill -HUP ${process.pid}    # restarts`)
}

if (process.argv[1] === import.meta.filename) await (cluster.isPrimary ? lead() : work())
