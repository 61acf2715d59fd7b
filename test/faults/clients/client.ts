import { met } from '../support/row.ts'
import type { Measured } from '../support/row.ts'
import type { ServerProcess } from '../support/server-process.ts'

/** A client as others use it. */
export interface Client {
  readonly title: string
  /** The program that has to be installed; absent where it is a package of ours. */
  readonly program?: string
  run(server: ServerProcess): Promise<Measured>
}

/** What a client did: met when it did something and none of it failed. */
export const done = (requests: number, failed: number, more = ''): Measured =>
  met(requests > 0 && failed === 0, `${requests} requests, ${failed} failed${more}`)

/** Reads a number from a program's output. */
export const numberIn = (output: string, pattern: RegExp): number => {
  const found = pattern.exec(output)?.[1]
  if (found === undefined) throw new Error(`Cannot find ${pattern} in the output:\n${output}`)
  return Number(found)
}
