// A PostgreSQL server of the test's own, on a socket in a folder that is deleted after it.
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startProgram } from '../repository/running-program.ts'
import { runProcess } from '../runner/run-process.mjs'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import type { RunningProgram } from '../repository/running-program.ts'

/** Debian keeps the programs of each version in a folder of its own, outside of PATH; pg_ctlcluster, which is in it, says that there are any. */
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

const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']

const commandOf = (command: readonly string[]): [string, string[]] => {
  const [program = '', ...args] = isRoot ? [...asNobody, ...command] : command
  return [program, args]
}

const programOf = (name: string, args: readonly string[]): [string, string[]] =>
  commandOf([join(postgresPrograms ?? '', name), ...args])

const run = async ([program, args]: [string, string[]]): Promise<void> => {
  const { code, output } = await runProcess(program, args)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${output}`)
}

const newFolder = () => {
  const { folder, discard } = scratchFolder(parent, 'sluice-pg-')
  if (isRoot) chownSync(folder, nobody, nobody)
  return { folder, discard }
}

/** A cluster that was never started: the servers of a test file are copies of it, since making one takes seconds. */
let template: Promise<string> | undefined

const makeTemplate = async (): Promise<string> => {
  const data = join(newFolder().folder, 'data')
  await run(programOf('initdb', ['-D', data, '-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '-N']))
  return data
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
  template ??= makeTemplate()
  const { folder, discard } = newFolder()
  const copy = join(folder, 'copy')
  let data = join(folder, 'data')
  await run(commandOf(['cp', '-r', await template, data]))
  // A crash of the server alone loses nothing of what it has written, whether it is on the disk or not.
  const base = { fsync: 'off', listen_addresses: '', unix_socket_directories: folder }
  const flags = Object.entries({ ...base, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
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
      const from = ['-h', folder, '-U', 'sluice']
      await run(programOf('pg_basebackup', [...from, '-D', copy, '-c', 'fast', '--no-sync']))
    },
    async failOver() {
      data = copy
      const mark = join(copy, 'standby.signal')
      writeFileSync(mark, '')
      if (isRoot) chownSync(mark, nobody, nobody)
      await server.start()
      await run(programOf('pg_ctl', ['promote', '-w', '-D', data]))
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
