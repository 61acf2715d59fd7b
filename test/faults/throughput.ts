import { request } from '../support/server/serving.ts'
import { median, warmUp } from './support/measure.ts'
import { met } from './support/row.ts'
import { download, upload } from './support/transfer.ts'
import type { Mark, Row } from './support/row.ts'

const rounds = 4
const mebi = 1_048_576

const bigParcel = { bytes: Buffer.alloc(mebi, 'a'), contentBytes: mebi }
const chunks = {
  bytes: Buffer.from(`400\r\n${'a'.repeat(1024)}\r\n`.repeat(256)),
  contentBytes: 256 * 1024,
}

/** Each gives MiB a second. */
const transfers: Readonly<Record<string, (port: number) => Promise<number>>> = {
  upload: (port) =>
    upload(port, {
      head: request('POST', '/upload', `content-length: ${256 * mebi}`),
      parcel: bigParcel,
      tail: '',
      contentBytes: 256 * mebi,
    }),
  'chunked 1 KiB': (port) =>
    upload(port, {
      head: request('POST', '/upload', 'transfer-encoding: chunked'),
      parcel: chunks,
      tail: '0\r\n\r\n',
      contentBytes: 64 * mebi,
    }),
  download: (port) => download(port, 256 * mebi),
}

const measureBoth = async (
  ports: { readonly node: number; readonly sluice: number },
  transfer: (port: number) => Promise<number>,
) => {
  const node: number[] = []
  const sluice: number[] = []
  for (let i = 0; i < rounds; i++) {
    node.push(await transfer(ports.node))
    sluice.push(await transfer(ports.sluice))
  }
  const ratio = median(sluice.map((each, i) => each / (node[i] ?? 0)))
  return { ratio, node: Math.round(median(node)), sluice: Math.round(median(sluice)) }
}

/** Both servers in turns; one mark for the three, as each has to be met. */
export const throughput: Row = {
  name: 'throughput',
  async run(lab): Promise<readonly Mark[]> {
    const node = await lab.start('node')
    const sluice = await lab.start('sluice')
    for (const server of [node, sluice]) await warmUp(server, '/download?bytes=10000000', 5)
    const ports = { node: node.port, sluice: sluice.port }
    const results: Awaited<ReturnType<typeof measureBoth>>[] = []
    for (const transfer of Object.values(transfers))
      results.push(await measureBoth(ports, transfer))
    const percents = results.map(({ ratio }) => Math.round(ratio * 100))
    return [
      {
        title: `${Object.keys(transfers).join(' / ')}, MiB/s`,
        wanted: ">= 50 % of node's",
        sluice: met(
          percents.every((each) => each >= 50),
          `${results.map((each) => each.sluice).join('/')}, ${percents.join('/')} %`,
        ),
        node: met(true, results.map((each) => each.node).join('/')),
      },
    ]
  },
}
