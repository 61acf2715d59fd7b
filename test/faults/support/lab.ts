import { compileFile } from '../../support/compile-file.mjs'
import { startServer } from './server-process.ts'
import type { Lab, Which } from './row.ts'
import type { ServerProcess } from './server-process.ts'

export interface Labs {
  /** Gives a row its lab, and clears it away after it. */
  run<T>(use: (lab: Lab) => Promise<T>): Promise<T>
  /** Deletes what was compiled. */
  discard(): void
}

/** Compiles the servers, once for all rows. */
export const openLabs = async (): Promise<Labs> => {
  const sluice = await compileFile('test/faults/servers/sluice.ts')
  const node = await compileFile('test/faults/servers/node.ts')
  const scripts: Readonly<Record<Which, string>> = { sluice: sluice.file, node: node.file }
  return {
    async run(use) {
      const servers: ServerProcess[] = []
      try {
        return await use({
          async start(which, options = {}, execArgv = []) {
            const server = await startServer(scripts[which], options, execArgv)
            servers.push(server)
            return server
          },
        })
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    },
    discard() {
      sluice.discard()
      node.discard()
    },
  }
}
