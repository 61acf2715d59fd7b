// A PostgreSQL server of the test's own, on a socket in a folder that is deleted after it.
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startProgram } from '../repository/running-program.ts'
import { runProcess } from '../runner/run-process.mjs'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import type { RunningProgram } from '../repository/running-program.ts'

/** Debian keeps the programs of each version in a folder of its own, outside of PATH. */
const debianFolder = '/usr/lib/postgresql'

const newestOf = (folder: string): string | undefined =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((version) => existsSync(join(folder, version, 'bin/initdb')))
        .sort((one, other) => Number(one) - Number(other))
        .at(-1)
    : undefined

const version = newestOf(debianFolder)

/** The folder of the programs, if the server is installed here. */
export const postgresPrograms: string | undefined =
  version === undefined ? undefined : join(debianFolder, version, 'bin')

/** The end of the title of a test that is skipped without the server. */
export const unlessPostgres: string =
  postgresPrograms === undefined ? ' (skipped: there is no PostgreSQL server here)' : ''

/** Not the folder of the test: only its owner may enter that, and the path of a socket must be short. */
const parent = '/tmp'

/** The server does not run as root; this is nobody. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0

const programOf = (name: string, args: readonly string[]): [string, string[]] => {
  const command = [join(postgresPrograms ?? '', name), ...args]
  const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  const [program = '', ...rest] = isRoot ? [...asNobody, ...command] : command
  return [program, rest]
}

const run = async (name: string, args: readonly string[]): Promise<void> => {
  const { code, output } = await runProcess(...programOf(name, args))
  if (code !== 0) throw new Error(`${name} failed: ${output}`)
}

export interface PostgresServer {
  /** Options of a client. */
  readonly address: { readonly host: string; readonly user: string; readonly database: string }
  /** Waits until it takes queries. */
  start(): Promise<void>
  /** `SIGKILL` is a crash, `SIGINT` ends it at once and in order. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>
  /** Copies the data. */
  backUp(): Promise<void>
  /** Starts on the copy, as its replica that becomes the primary: what was written after `backUp` is lost. The server must be stopped. */
  failOver(): Promise<void>
  discard(): Promise<void>
}

/** Makes a server with a new cluster, and starts it. */
export const startPostgres = async (
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> => {
  const { folder, discard } = scratchFolder(parent, 'sluice-pg-')
  const copy = join(folder, 'copy')
  let data = join(folder, 'data')
  if (isRoot) chownSync(folder, nobody, nobody)
  await run('initdb', ['-D', data, '-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '-N'])
  const all = { listen_addresses: '', unix_socket_directories: folder, ...settings }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let program: RunningProgram | undefined
  const server: PostgresServer = {
    address: { host: folder, user: 'sluice', database: 'postgres' },
    async start() {
      program = startProgram(...programOf('postgres', ['-D', data, ...flags]))
      await program.printed(/ready to accept (read-only )?connections/)
    },
    async stop(signal = 'SIGINT') {
      program?.signal(signal)
      await program?.exited()
    },
    async backUp() {
      await run('pg_basebackup', ['-h', folder, '-U', 'sluice', '-D', copy, '-c', 'fast'])
    },
    async failOver() {
      data = copy
      const mark = join(copy, 'standby.signal')
      writeFileSync(mark, '')
      if (isRoot) chownSync(mark, nobody, nobody)
      await server.start()
      await run('pg_ctl', ['promote', '-w', '-D', data])
    },
    async discard() {
      await server.stop()
      discard()
    },
  }
  await server.start()
  return server
}

export const poolOf = (server: PostgresServer): pg.Pool => {
  const pool = new pg.Pool(server.address)
  // `end` does not wait for the server: a connection that is being closed may fail when the server stops.
  pool.on('error', () => {})
  return pool
}
