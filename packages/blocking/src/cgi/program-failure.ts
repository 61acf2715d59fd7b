import { existsSync } from 'node:fs'
import { match, P } from 'ts-pattern'
import { blockingError } from '../errors.ts'
import { printable } from './stderr-lines.ts'
import type { HttpError } from '@sluice/stack'
import type { CgiSettings } from './cgi-options.ts'
import type { Exit } from './process-group.ts'

/**
 * The error of a program that has no head, or has failed.
 *
 * @param said The last line of its stderr.
 */
export const failed = (settings: CgiSettings, exit: Exit, said: string): HttpError => {
  const told = said === '' ? '' : `; it said: ${printable(said)}`
  const ended = (found: string) =>
    blockingError('CGI_FAILED', `Cannot use the response of ${settings.name}: ${found}${told}`)
  return match(exit)
    .with({ kind: 'code', code: 0 }, () => ended('found no head'))
    .with({ kind: 'code', code: P.select() }, (code) => ended(`it exited with ${code}`))
    .with({ kind: 'signal', signal: P.select() }, (signal) => ended(`it was ended by ${signal}`))
    .with({ kind: 'not started', error: P.select() }, (error) => notStarted(settings, error))
    .exhaustive()
}

/** The error if a program cannot be started now, since the system lacks processes, memory or descriptors. */
export const busy = (
  { name }: CgiSettings,
  found: string,
  options: { readonly cause?: unknown } = {},
): HttpError =>
  blockingError('CGI_BUSY', `Cannot start ${name}: found ${found}`, {
    ...options,
    headers: { 'retry-after': '1' },
  })

/** The system has no room for another process, or for its pipes. */
const noRoom: readonly unknown[] = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']

/** Whether it is the error of a program for which the system had no room. */
export const isWithoutRoom = (error: unknown): boolean =>
  error instanceof Error && hasNoRoom(error.cause) // error handling

const hasNoRoom = (cause: unknown): boolean => isCoded(cause) && noRoom.includes(cause.code)

const notStarted = (settings: CgiSettings, cause: unknown): HttpError => {
  const code = isCoded(cause) ? cause.code : undefined
  if (hasNoRoom(cause)) return busy(settings, String(code), { cause })
  const found = isMissing(settings.cwd)
    ? `no such folder as its cwd, ${settings.cwd}`
    : (code ?? cause)
  return blockingError('CGI_FAILED', `Cannot start ${settings.name}: found ${found}`, { cause })
}

/** The system says ENOENT also of a program that is there. */
const isMissing = (cwd: string | undefined): boolean => cwd !== undefined && !existsSync(`${cwd}/.`)

const isCoded = (error: unknown): error is { readonly code: unknown } =>
  typeof error === 'object' && error !== null && 'code' in error
