import { existsSync, readFileSync } from 'node:fs'
import { toBody } from '@sluice/body'
import { decodeEvents } from '@sluice/sse'
import { within } from '../within.ts'
import { startProgram } from './running-program.ts'
import type { Message, Side, Stream } from '../../../examples/showcase/waterfall/messages.ts'
import type { RunningProgram } from './running-program.ts'

/** Milliseconds after which what is waited for is taken never to come. */
const bound = 60_000

/** The waterfall on a page of its own, as a program. */
export interface Waterfall {
  readonly program: RunningProgram
  readonly url: string
  post(path: string): Promise<number>
  /** Opens the events as one more viewer. */
  view(): Promise<Viewer>
}

export interface Viewer {
  readonly status: number
  /** Reads on until a message is the wanted one. @returns All that were read, with it as the last. */
  to(wanted: (message: Message) => boolean): Promise<readonly Message[]>
  leave(): void
}

export const startWaterfall = async (): Promise<Waterfall> => {
  const args = ['--import', 'tsx', 'examples/showcase/waterfall/alone.ts']
  const program = startProgram(process.execPath, args, { env: { PORT: '0' } })
  const [, url = ''] = await program.printed(/^Open (http:\S+)\/ or/m)
  return {
    program,
    url,
    post: async (path) => (await fetch(`${url}/waterfall/${path}`, { method: 'POST' })).status,
    view: () => view(url),
  }
}

const view = async (url: string): Promise<Viewer> => {
  const left = new AbortController()
  const response = await fetch(`${url}/waterfall/events`, { signal: left.signal })
  const received = decodeEvents(toBody(response.body))
  return {
    status: response.status,
    async to(wanted) {
      const read: Message[] = []
      for (;;) {
        const { value, done } = await within(bound, received.next())
        if (done === true) throw new Error('Cannot read on: the events have ended')
        const message: Message = JSON.parse(value.data)
        read.push(message)
        if (wanted(message)) return read
      }
    },
    leave: () => left.abort(),
  }
}

/** What became of one stream in a run. */
export interface StreamInRun {
  readonly made: readonly string[]
  /** When something was made; `NaN` if it was not. */
  madeAt(what: string): number
  /** When the first byte could be read. */
  readonly readable: number
  readonly decodedBytes: number
  readonly wireBytes: number
}

export const streamIn = (messages: readonly Message[], side: Side, stream: Stream): StreamInRun => {
  const of = <Kind extends 'made' | 'arrival'>(kind: Kind) =>
    messages.filter(
      (message): message is Extract<Message, { kind: Kind }> =>
        message.kind === kind && message.side === side && message.stream === stream,
    )
  const madeAt = new Map(of('made').map(({ what, ms }) => [what, ms]))
  const arrivals = of('arrival')
  const readable = arrivals.find(({ decodedBytes }) => decodedBytes > 0)?.ms ?? Number.NaN
  return {
    readable,
    made: [...madeAt.keys()],
    madeAt: (what: string) => madeAt.get(what) ?? Number.NaN,
    decodedBytes: arrivals.reduce((sum, { decodedBytes }) => sum + decodedBytes, 0),
    wireBytes: arrivals.reduce((sum, { wireBytes }) => sum + wireBytes, 0),
  }
}

/** Whether this machine says which processes a process has started. */
export const tellsChildren: boolean = existsSync(`/proc/self/task/${process.pid}/children`)

/** The two servers that a waterfall has started: the process ids by the name of their script. */
export const childrenOf = ({ program }: Waterfall): ReadonlyMap<string, number> => {
  const pids = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')
  const named = pids
    .trim()
    .split(' ')
    .map((pid) => [scriptOf(pid), Number(pid)] as const)
  return new Map(named.filter(([name]) => name !== ''))
}

const scriptOf = (pid: string): string => {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return /waterfall\/(sluice|node-http)/.exec(line)?.[1] ?? ''
  } catch {
    return ''
  }
}
