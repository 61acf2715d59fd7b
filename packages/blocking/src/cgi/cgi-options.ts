import { fileURLToPath } from 'node:url'
import {
  checkCallback,
  checkCount,
  checkDelay,
  checkInterval,
  checkOptions,
  foundIn,
  isObject,
} from '@sluice/body/engine'
import { printError } from '@sluice/stack/host'
import { printable } from './stderr-lines.ts'
import type { HttpRequest } from '@sluice/stack'

/**
 * A program: its path, or a name that the system looks up in the `PATH` of `env`. In a list its fixed arguments follow. There is no
 * shell: no character has a meaning.
 */
export type CgiCommand = string | URL | readonly (string | URL)[]

export interface CgiOptions {
  /** The folder in which the program runs; that of the server by default. */
  readonly cwd?: string | URL
  /**
   * The environment beside the meta-variables of CGI. Nothing of the server's own is passed, not even `PATH`:
   * `{ PATH: process.env.PATH }` passes it. A variable that is named here wins over a meta-variable.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The part of the path that names the program, such as `/cgi/shop`; what follows is `PATH_INFO`. `''` by default. */
  readonly scriptName?: string
  /** Whether the program gets `Authorization`, as `HTTP_AUTHORIZATION`; `false` by default (RFC 3875 4.1.18). */
  readonly passAuthorization?: boolean
  /** Programs that run at once, each with what it has started; 32 by default. */
  readonly maxProcesses?: number
  /**
   * More requests that are accepted: they wait for a program to end, or their content of unknown length is held. 100 by default. One
   * more is refused before its content is read: 503.
   */
  readonly queue?: number
  /** Bytes of content of unknown length that are held in memory, and beyond which they go to a temporary file; 64 KiB by default. */
  readonly maxMemoryBytes?: number
  /** Bytes that content of unknown length may have; 64 MiB by default. */
  readonly maxBytes?: number
  /** Bytes that the head of the program's response may have; 32 KiB by default. */
  readonly maxHeadBytes?: number
  /**
   * Milliseconds for the head, counted from the start or the last piece of content that the program took; 60,000 by default. A
   * request waits as long for a program to end.
   */
  readonly headTimeoutMs?: number
  /**
   * Milliseconds in which the program neither prints nor exits although it is waited for (`CGI_TIMEOUT`), or in which its client
   * neither sends content nor reads output although it is waited for (`CLIENT_TIMEOUT`); 60,000 by default. For a response without
   * content it is the whole time from the head to the exit.
   */
  readonly idleTimeoutMs?: number
  /** Milliseconds from SIGTERM to SIGKILL; 2,000 by default. */
  readonly killAfterMs?: number
  /** Gets each line of the program's stderr, at most 8 KiB at once. By default it is printed to that of the server. */
  readonly onStderr?: (line: string, request: HttpRequest) => unknown
}

/** The options with their defaults, checked. */
export interface CgiSettings {
  /** For messages: the last part of its path. */
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly scriptName: string
  readonly passAuthorization: boolean
  readonly maxProcesses: number
  readonly queue: number
  readonly maxMemoryBytes: number
  readonly maxBytes: number
  readonly maxHeadBytes: number
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly killAfterMs: number
  readonly onStderr: (line: string, request: HttpRequest) => unknown
}

/** A path that is the same encoded and decoded, so that no encoding of it names another program. */
const plainPath = /^(?:\/(?!\.\.?(?:\/|$))[\w.~!$&'()*+,;=:@-]+)*$/

/** @throws {TypeError | RangeError} At the call, if an option is invalid. */
export const cgiSettings = (command: CgiCommand, options: CgiOptions): CgiSettings => {
  checkOptions(options)
  const { cwd, env = {}, scriptName = '', onStderr = print } = options
  const [file = '', ...args] = wordsOf(command)
  if (file === '') throw new TypeError('Cannot run a CGI program: found no path, wanted one')
  if (typeof scriptName !== 'string' || !plainPath.test(scriptName))
    throw new TypeError(
      `Cannot use scriptName: found ${JSON.stringify(scriptName)}, wanted a path such as /cgi/shop, without encoding and without / at its end`,
    )
  checkCallback('onStderr', onStderr)
  return {
    name: file.slice(file.lastIndexOf('/') + 1),
    file,
    args,
    cwd: cwd === undefined ? undefined : pathOf(cwd, 'cwd'),
    env: checkedEnv(env),
    scriptName,
    passAuthorization: options.passAuthorization === true,
    maxProcesses: checkCount('maxProcesses', options.maxProcesses ?? 32, 1),
    queue: checkCount('queue', options.queue ?? 100, 0),
    maxMemoryBytes: checkCount('maxMemoryBytes', options.maxMemoryBytes ?? 65_536, 0),
    maxBytes: checkCount('maxBytes', options.maxBytes ?? 67_108_864, 0),
    maxHeadBytes: checkCount('maxHeadBytes', options.maxHeadBytes ?? 32_768, 1),
    headTimeoutMs: checkInterval('headTimeoutMs', options.headTimeoutMs ?? 60_000),
    idleTimeoutMs: checkInterval('idleTimeoutMs', options.idleTimeoutMs ?? 60_000),
    killAfterMs: checkDelay('killAfterMs', options.killAfterMs ?? 2000),
    onStderr,
  }
}

const wordsOf = (command: CgiCommand): readonly string[] =>
  (isList(command) ? command : [command]).map((word) => pathOf(word, 'the command'))

const isList = (command: CgiCommand): command is readonly (string | URL)[] => Array.isArray(command)

const pathOf = (given: string | URL, name: string): string => {
  const path = typeof given === 'string' ? given : isObject(given) ? fileURLToPath(given) : given
  if (typeof path === 'string' && !path.includes('\0')) return path
  throw new TypeError(`Cannot use ${name}: found ${foundIn(given)}, wanted a path without NUL`)
}

const checkedEnv = (
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> => {
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (typeof value !== 'string' || /[=\0]/.test(name) || name === '' || value.includes('\0'))
      throw new TypeError(
        `Cannot use env: found an invalid ${JSON.stringify(name)}, wanted names without = and values that are strings, without NUL`,
      )
    checked[name] = value
  }
  return checked
}

const print = (line: string): void => printError(printable(line))
