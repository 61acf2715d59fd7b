// One of the two servers that are compared, in a process of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sleep } from '@sluice/pause'
import type { ChildMessage, Memory, ParentMessage } from './report.ts'

export type Side = 'sluice' | 'node'

const programs: Readonly<Record<Side, string>> = { sluice: './sluice.ts', node: './node-http.ts' }

export interface Child {
  readonly side: Side
  readonly port: number
  readonly pid: number
  /** Settles when the process has ended, however it did. */
  readonly ended: Promise<string>
  measure(collect: boolean): Promise<Memory>
  tell(message: ParentMessage): void
  end(): void
}

/**
 * The same for both. glibc keeps what was freed for later, in as many arenas as there are threads: with these settings it gives
 * it back, so that resident memory says what the process holds.
 */
const allocation = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_MMAP_THRESHOLD_: '32768',
}

const isChildMessage = (message: unknown): message is ChildMessage =>
  typeof message === 'object' && message !== null && 'kind' in message

/** Starts a child and waits until it listens. @throws {Error} If it ends before that. */
export const startChild = async (
  side: Side,
  made: (message: Extract<ChildMessage, { kind: 'made' }>) => void,
): Promise<Child> => {
  const program = fork(fileURLToPath(new URL(programs[side], import.meta.url)), {
    execArgv: [...process.execArgv, '--expose-gc'],
    env: { ...process.env, ...allocation },
  })
  const ended = once(program, 'exit').then(([code, signal]) => `${signal ?? code}`)
  const measured: ((memory: Memory) => void)[] = []
  const listening = new Promise<number>((resolve) => {
    program.on('message', (message) => {
      if (!isChildMessage(message)) return
      if (message.kind === 'listening') resolve(message.port)
      if (message.kind === 'made') made(message)
      if (message.kind === 'memory') measured.shift()?.(message.memory)
    })
  })
  const lost = ended.then((how) => {
    throw new Error(`Cannot measure ${side}: its process ended with ${how}`)
  })
  lost.catch(() => {})
  const port = await Promise.race([listening, lost])
  const tell = (message: ParentMessage) => {
    program.send(message, () => {})
  }
  return {
    side,
    port,
    pid: program.pid ?? 0,
    ended,
    measure: (collect) => {
      const memory = new Promise<Memory>((resolve) => measured.push(resolve))
      tell({ kind: 'measure', collect })
      return Promise.race([memory, lost])
    },
    tell,
    end: () => {
      if (program.connected) program.disconnect()
      // One that does not hear.
      sleep(2000).then(() => program.kill('SIGKILL'))
    },
  }
}
