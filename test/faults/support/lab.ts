import { compileFile } from '../../support/runner/compile-file.mjs'
import { startAttack } from './attack.ts'
import { startServer } from './server-process.ts'
import type { Attacker } from './attack.ts'
import type { Lab, Which } from './row.ts'
import type { ServerProcess } from './server-process.ts'

export interface Labs {
  /** Gives a row its lab, and clears it away after it. */
  run<T>(use: (lab: Lab) => Promise<T>): Promise<T>
  /** Deletes what was compiled. */
  discard(): void
}

/** Compiles the servers and the attacker, once for all rows. */
export const openLabs = async (): Promise<Labs> => {
  const sluice = await compileFile('test/faults/servers/sluice.ts')
  const node = await compileFile('test/faults/servers/node.ts')
  const costly = await compileFile('test/faults/servers/costly.ts')
  const attacker = await compileFile('test/faults/attacks/attacker.ts')
  const scripts: Readonly<Record<Which, string>> = {
    sluice: sluice.file,
    node: node.file,
    costly: costly.file,
  }
  return {
    async run(use) {
      const servers: ServerProcess[] = []
      const attackers: Attacker[] = []
      try {
        return await use({
          async start(which, options = {}, execArgv = []) {
            const server = await startServer(scripts[which], options, execArgv)
            servers.push(server)
            return server
          },
          async attack(attack) {
            const attacking = await startAttack(attacker.file, attack)
            attackers.push(attacking)
            return attacking
          },
        })
      } finally {
        for (const attacking of attackers) attacking.end()
        await Promise.all(servers.map((server) => server.stop()))
      }
    },
    discard() {
      sluice.discard()
      node.discard()
      costly.discard()
      attacker.discard()
    },
  }
}
