import { createServer } from 'node:http'
import { deferred } from '../within.ts'
import { addressOf } from './address-of.ts'

/** A part of a page that another process asks for, and waits for. */
export interface Load {
  readonly part: string
  answer(rows: readonly string[]): void
  /** Resolves if the other process gives up before an answer. */
  readonly abandoned: Promise<void>
}

export interface LoadingSite {
  /** The text of a `load.ts` that asks this site. */
  readonly loadModule: string
  /** The next load that comes, or one that has come. */
  nextLoad(): Promise<Load>
  close(): Promise<void>
}

/** A site in place of the database of an example: the test decides when each part is there. */
export const loadingSite = async (): Promise<LoadingSite> => {
  const loads: Load[] = []
  let come = deferred()
  const server = createServer((request, response) => {
    const abandoned = deferred()
    response.once('close', () => {
      if (!response.writableFinished) abandoned.resolve()
    })
    loads.push({
      part: (request.url ?? '').slice(1),
      answer: (rows) => response.end(JSON.stringify(rows)),
      abandoned: abandoned.promise,
    })
    come.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const loadModule = `export const load = async (part: string, signal: AbortSignal): Promise<readonly string[]> => {
  const response = await fetch('http://127.0.0.1:${addressOf(server).port}/' + part, { signal })
  return JSON.parse(await response.text())
}
`
  return {
    loadModule,
    async nextLoad() {
      for (;;) {
        const load = loads.shift()
        if (load !== undefined) return load
        come = deferred()
        await come.promise
      }
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
