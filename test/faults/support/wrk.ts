import { runProgram } from './programs.ts'
import type { Load } from './keep-alive-load.ts'

export interface WrkLoad extends Load {
  /** Sockets that failed, and answers that were neither 2xx nor 3xx. */
  readonly failed: number
}

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

/** Runs wrk for some seconds and reads what it prints. */
export const wrk = async (
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<WrkLoad> => {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', url]
  const { output } = await runProgram('wrk', args, seconds + 30)
  const found = (pattern: RegExp) => pattern.exec(output)?.[1]
  const perSecond = found(/^Requests\/sec:\s+([\d.]+)/m)
  if (perSecond === undefined) throw new Error(`Cannot read the output of wrk:\n${output}`)
  const [, p99 = '', unit = ''] = /^\s+99%\s+([\d.]+)(us|ms|s)/m.exec(output) ?? []
  const sockets = /Socket errors: (.*)/.exec(output)?.[1] ?? ''
  const failures = [...sockets.matchAll(/\d+/g)].map(Number)
  return {
    perSecond: Number(perSecond),
    p99Ms: Number(p99) * (unitMs[unit] ?? Number.NaN),
    requests: Number(found(/(\d+) requests in/)),
    failed: failures.reduce((sum, each) => sum + each, Number(found(/Non-2xx.*: (\d+)/) ?? 0)),
  }
}
