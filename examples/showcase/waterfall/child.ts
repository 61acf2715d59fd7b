// One of the two servers that are compared, in a process of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { compiled } from './compiled.ts'
import type { Side } from './messages.ts'
import type { ChildMessage, Creation, Memory, ParentMessage } from './report.ts'

const programs: Readonly<Record<Side, string>> = { sluice: 'sluice.ts', node: 'node-http.ts' }

/**
 * The same settings for both, so that resident memory is what the process needs. glibc keeps what was freed, in an arena for each
 * few threads, and cannot return what lies between small pieces that live longer: it gets one arena, and all from a page on lies
 * by itself. V8 keeps up to 16 MiB for young objects, whatever it needs: it gets 1 MiB. It also keeps what it has compiled, which
 * it would drop after some collections.
 */
const environment = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '4096',
  MALLOC_MMAP_THRESHOLD_: '4096',
}
const nodeOptions = ['--expose-gc', '--max-semi-space-size=1', '--no-flush-bytecode']

/** Milliseconds in which a child has to end. */
const endMs = 2000

export interface Child {
  readonly side: Side
  readonly port: number
  /** Rejects when the process has ended, however it did. */
  readonly lost: Promise<never>
  /** Its memory, after it has collected its garbage. */
  measure(): Promise<Memory>
  /** Tells the idle streams to work, or to rest. */
  work(isOn: boolean): void
  /** Tells what content is made for a target. @returns Ends that. */
  hear(target: string, made: (creation: Creation) => void): () => void
}

/**
 * Starts a child and waits until it listens. It ends when the signal aborts, and with this process.
 *
 * @throws {Error} If it ends before it listens.
 */
export const startChild = async (side: Side, signal: AbortSignal): Promise<Child> => {
  const program = fork(compiled(programs[side]), {
    execArgv: nodeOptions,
    env: { ...process.env, ...environment },
  })
  const lost = once(program, 'exit').then(([code, killer]): never => {
    throw new Error(`The process of ${side} ended with ${killer ?? code}`)
  })
  lost.catch(() => {})
  signal.addEventListener('abort', () => {
    if (program.connected) program.disconnect()
    const late = setTimeout(() => program.kill('SIGKILL'), endMs)
    lost.catch(() => clearTimeout(late))
  })
  const measured: ((memory: Memory) => void)[] = []
  const heard = new Map<string, (creation: Creation) => void>()
  const listening = new Promise<number>((resolve) => {
    program.on('message', (message) => {
      if (!isChildMessage(message)) return
      if (message.kind === 'listening') resolve(message.port)
      else if (message.kind === 'made') heard.get(message.target)?.(message)
      else measured.shift()?.(message.memory)
    })
  })
  const port = await Promise.race([listening, lost])
  // A child that has ended hears nothing; `lost` tells.
  const tell = (message: ParentMessage) => program.connected && program.send(message, () => {})
  return {
    side,
    port,
    lost,
    measure: () => {
      const memory = new Promise<Memory>((resolve) => measured.push(resolve))
      tell({ kind: 'measure' })
      return Promise.race([memory, lost])
    },
    work: (isOn) => {
      tell({ kind: 'work', isOn })
    },
    hear: (target, made) => {
      heard.set(target, made)
      return () => heard.delete(target)
    },
  }
}

const isChildMessage = (message: unknown): message is ChildMessage =>
  typeof message === 'object' && message !== null && 'kind' in message
