import { hasZstd } from '@sluice/compress'
import { connectTo } from '../../support/server/raw-client.ts'
import { get, post } from '../../support/server/serving.ts'
import { ms, warmUp } from '../support/measure.ts'
import { met, skipped } from '../support/row.ts'
import { holdsAtMost } from '../support/under-attack.ts'
import type { Lab, Mark, Measured, Row } from '../support/row.ts'

const mostMs = 20
/** A step of 50 ms is the application's own; the loop is to be free between two of them. */
const mostMsOfSteps = 75

/** A frame of zstd that holds nothing (RFC 8878): magic number, its content size of 0, and a last block of no bytes. */
const emptyFrame = '\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00'

const emptyFrames = post(
  '/decoded',
  emptyFrame.repeat(7000),
  'content-encoding: zstd',
  'connection: close',
)

const asked = (path: string) => get(path, 'connection: close')

/** Each frame costs a decoder of its own, in the thread pool for the most part: that is seen as CPU. */
const mostCpuMs = 300

const zstdCpu = async (lab: Lab): Promise<Measured> => {
  const server = await lab.start('costly')
  await warmUp(server, '/')
  const before = await server.report()
  const client = await connectTo(server.port)
  client.send(emptyFrames)
  await client.takeRest()
  client.destroy()
  const cpuMs = (await server.report()).cpuMs - before.cpuMs
  return met(cpuMs <= mostCpuMs, ms(cpuMs))
}

const zstdHold = (lab: Lab): Promise<Measured> =>
  holdsAtMost(lab, { connections: 4, start: emptyFrames }, mostMs)

const mark = (title: string, sluice: Measured, most = mostMs): Mark => ({
  title: `${title}: event loop held`,
  wanted: `<= ${most} ms`,
  sluice,
})

/** Bodies that are work for the server: all others have to have their turn meanwhile. */
export const attackBodies: readonly Row[] = [
  {
    name: 'attack-mapped',
    async run(lab) {
      const plan = { connections: 4, start: asked('/mapped') }
      return [mark('mapText + coalesce of what never waits', await holdsAtMost(lab, plan, mostMs))]
    },
  },
  {
    name: 'attack-computed',
    async run(lab) {
      const plan = { connections: 1, start: asked('/computed') }
      const hold = await holdsAtMost(lab, plan, mostMsOfSteps)
      return [mark('steps of 50 ms, one client', hold, mostMsOfSteps)]
    },
  },
  {
    name: 'attack-brotli',
    async run(lab) {
      const plan = { connections: 4, start: asked('/brotli') }
      return [mark('brotli of 32 KiB at quality 11', await holdsAtMost(lab, plan, mostMs))]
    },
  },
  {
    name: 'attack-zstd',
    async run(lab) {
      const missing = skipped('this Node has no zstd')
      return [
        mark('63 KB of empty zstd frames', hasZstd ? await zstdHold(lab) : missing),
        {
          title: 'the same: CPU of a body',
          wanted: `<= ${mostCpuMs} ms`,
          sluice: hasZstd ? await zstdCpu(lab) : missing,
        },
      ]
    },
  },
]
