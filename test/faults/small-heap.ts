import { request } from '../support/server/serving.ts'
import { met } from './support/row.ts'
import { download, upload } from './support/transfer.ts'
import type { Lab, Mark, Measured, Row, Which } from './support/row.ts'

const mebi = 1_048_576
const gibi = 1024 * mebi

const bothWays = async (lab: Lab, which: Which): Promise<Measured> => {
  const server = await lab.start(which, {}, ['--max-old-space-size=64'])
  const parcel = { bytes: Buffer.alloc(mebi, 'a'), contentBytes: mebi }
  const head = request('POST', '/upload', `content-length: ${gibi}`)
  await Promise.all([
    upload(server.port, { head, parcel, tail: '', contentBytes: gibi }),
    download(server.port, gibi),
  ])
  const { heapUsed } = await server.report()
  return met(server.isAlive, `alive, heap ${(heapUsed / mebi).toFixed(1)} MiB`)
}

export const smallHeap: Row = {
  name: 'small-heap',
  async run(lab): Promise<readonly Mark[]> {
    const node = await bothWays(lab, 'node')
    const sluice = await bothWays(lab, 'sluice')
    return [{ title: '1 GiB both ways with 64 MiB of old space', wanted: 'alive', sluice, node }]
  },
}
