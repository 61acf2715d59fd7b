import { aborts } from './aborts.ts'
import { attackBodies } from './attacks/attack-bodies.ts'
import { attackChunks } from './attacks/attack-chunks.ts'
import { attackDescriptors } from './attacks/attack-descriptors.ts'
import { attackHeads } from './attacks/attack-heads.ts'
import { attackMemory } from './attacks/attack-memory.ts'
import { attackRenegotiation } from './attacks/attack-renegotiation.ts'
import { clients } from './clients.ts'
import { earlyRefusal } from './early-refusal.ts'
import { expectRefused } from './expect-refused.ts'
import { halfClose } from './half-close.ts'
import { idle } from './idle.ts'
import { keepAlive } from './keep-alive.ts'
import { manyAborts } from './many-aborts.ts'
import { noDescriptors } from './no-descriptors.ts'
import { pipelineFlood } from './pipeline-flood.ts'
import { pipelineOrder } from './pipeline-order.ts'
import { resets } from './resets.ts'
import { shutdown } from './shutdown.ts'
import { sigterm } from './sigterm.ts'
import { slowBodies } from './slow-bodies.ts'
import { slowUploads } from './slow-uploads.ts'
import { slowhttptest } from './slowhttptest.ts'
import { slowloris } from './slowloris.ts'
import { slowlorisDeaf } from './slowloris-deaf.ts'
import { smallHeap } from './small-heap.ts'
import { stalledReaderCut } from './stalled-reader-cut.ts'
import { stalledReaders } from './stalled-readers.ts'
import { throughput } from './throughput.ts'
import type { Row } from './support/row.ts'

/** The rows of the twenty marks that measuring Node, Bun and Go led to. */
export const twenty: readonly Row[] = [
  stalledReaders,
  stalledReaderCut,
  slowUploads,
  pipelineFlood,
  pipelineOrder,
  aborts,
  halfClose,
  slowloris,
  slowBodies,
  earlyRefusal,
  expectRefused,
  resets,
  shutdown,
  keepAlive,
  throughput,
]

/** One client against all others, at full speed. `faults attack` runs these. */
const attacks: readonly Row[] = [
  ...attackHeads,
  ...attackChunks,
  ...attackBodies,
  attackRenegotiation,
  attackDescriptors,
  ...attackMemory,
]

/** All rows. */
export const rows: readonly Row[] = [
  ...twenty,
  slowlorisDeaf,
  manyAborts,
  idle,
  smallHeap,
  noDescriptors,
  ...clients,
  ...slowhttptest,
  ...attacks,
  sigterm,
]
