import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../../support/runner/run-process.mjs'
import type { Run } from '../../support/runner/run-process.mjs'

/** Whether a program is installed: rows that want one that is not are skipped. */
export const isInstalled = (program: string): boolean =>
  `${process.env.PATH ?? ''}:/usr/sbin`.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Runs a program to its end, bounded in time. */
export const runProgram = (program: string, args: readonly string[], seconds = 60): Promise<Run> =>
  runProcess(program, args, { seconds, env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin` } })
