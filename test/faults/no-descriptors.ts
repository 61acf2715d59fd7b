import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './support/ask.ts'
import { msUntil, warmUp } from './support/measure.ts'
import { isInstalled, runProgram } from './support/programs.ts'
import { besideNode, met, skipped } from './support/row.ts'
import type { Row } from './support/row.ts'

const clients = 200

/** No descriptor is left for another connection (EMFILE): those there are go on, and others are taken later. */
export const noDescriptors: Row = besideNode({
  name: 'no-descriptors',
  marks: [['EMFILE on accept', 'survives and recovers']],
  async measure(server) {
    if (!isInstalled('prlimit')) return [skipped('prlimit is not installed')]
    await warmUp(server, '/')
    const base = server.sockets()
    await runProgram('prlimit', ['--pid', `${server.pid}`, '--nofile=64:64'])
    const sockets = Array.from({ length: clients }, () =>
      connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {}),
    )
    await sleep(1000)
    const taken = server.sockets() - base
    for (const socket of sockets) socket.destroy()
    await msUntil(2000, () => server.sockets() <= base)
    const { status } = await ask(server.port, '/')
    const { uncaught } = await server.report()
    const isMet = server.isAlive && status === 200 && uncaught === 0
    return [met(isMet, `${taken} of ${clients} taken, then ${status}`)]
  },
})
