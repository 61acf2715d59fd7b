import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { met } from '../support/row.ts'
import { compareUnder, comparing } from '../support/under-attack.ts'
import type { TLSSocket } from 'node:tls'
import type { Mark, Measured, Row } from '../support/row.ts'

const tried = 20
/** Node itself complains of the fourth (`tls.CLIENT_RENEG_LIMIT` is 3); whoever serves has to end the connection. */
const most = 4

const renegotiate = (socket: TLSSocket): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, 500, false)
    socket.renegotiate({}, (error) => {
      clearTimeout(timer)
      resolve(error === null)
    })
  })

/** How often one connection may be negotiated again before it is ended. */
const countOn = (port: number): Promise<Measured> =>
  new Promise((resolve) => {
    const options = { maxVersion: 'TLSv1.2', rejectUnauthorized: false } as const
    const socket = connect({ port, host: '127.0.0.1', ...options }, async () => {
      let done = 0
      for (let i = 0; i < tried && !socket.destroyed; i++) {
        if (await renegotiate(socket)) done++
        await sleep(5)
      }
      const isCut = socket.destroyed
      socket.destroy()
      resolve(met(isCut && done <= most, `${done}, ${isCut ? 'cut' : 'open'}`))
    })
    socket.on('error', () => {})
    socket.resume()
  })

/** TLS 1.2 lets a client negotiate again at any time, which costs the server more than the client. */
export const attackRenegotiation: Row = {
  name: 'attack-renegotiation',
  async run(lab): Promise<readonly Mark[]> {
    const options = { secure: true }
    const node = await lab.start('node', options)
    const sluice = await lab.start('sluice', options)
    return [
      {
        title: 'TLS 1.2 renegotiations of a connection',
        wanted: `<= ${most}, then cut`,
        sluice: await countOn(sluice.port),
        node: await countOn(node.port),
      },
      comparing('the same without end', await compareUnder(lab, { node, sluice }, plan, true)),
    ]
  },
}

const plan = { connections: 4, start: '', renegotiates: true }
