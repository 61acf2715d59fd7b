import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { hasProgram, startProgram } from '../repository/running-program.ts'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import type { RedisClient } from '@sluice/hub/redis'
import type { RunningProgram } from '../repository/running-program.ts'

const program = 'redis-server'

export const hasRedis: boolean = hasProgram(program)

/** The end of the title of a test that is skipped without a server. */
export const unlessRedis: string = hasRedis ? '' : ` (skipped: there is no ${program} here)`

/** A real server. */
export interface RedisServer {
  readonly port: number
  /** Its unix socket. */
  readonly path: string
  /** A client for this server, which is not connected: engines only duplicate it. */
  readonly client: RedisClient
  /** Sends a command over a connection of its own. */
  ask(...args: string[]): Promise<unknown>
  signal(signal: NodeJS.Signals): void
  /** Ends it by SIGKILL. */
  kill(): Promise<void>
  /** After its end: starts it anew with the same files. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server in a folder of its own. `flags` are those of `redis-server`. Without any, nothing survives it. */
export const startRedis = async (...flags: string[]): Promise<RedisServer> => {
  const { folder, discard } = scratchFolder(tmpdir(), 'redis-')
  const path = join(folder, 'redis.sock')
  const port = await freePort()
  const start = async (): Promise<RunningProgram> => {
    const started = startProgram(program, [
      ...['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', path, '--dir', folder],
      ...['--save', '', '--repl-diskless-sync-delay', '0', ...flags],
    ])
    await started.printed(/Ready to accept connections|ready to accept connections/)
    return started
  }
  let running = await start()
  const socket = { path, tls: false } as const
  return {
    port,
    path,
    client: createClient({ socket }),
    async ask(...args) {
      const client = await createClient({ socket }).connect()
      try {
        return await client.sendCommand(args)
      } finally {
        client.destroy()
      }
    },
    signal: (signal) => running.signal(signal),
    async kill() {
      running.signal('SIGKILL')
      await running.exited()
    },
    async restart() {
      running = await start()
    },
    async stop() {
      running.signal('SIGKILL')
      await running.exited()
      discard()
    },
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
