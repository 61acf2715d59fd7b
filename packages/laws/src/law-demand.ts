import { isData } from '@sluice/body'
import { Broken } from './broken.ts'
import { endedWell } from './ended.ts'
import { observe } from './observe.ts'
import { partAt, passingKind } from './part-at.ts'
import type { Law } from './law.ts'
import type { Doing, Observation } from './observation.ts'
import type { Script } from './script.ts'
import type { Under } from './under.ts'

export const demand: Law = {
  number: 8,
  title: 'demand',
  says: 'nothing is pulled before it is asked for; a filter holds at most what its options say',
  kinds: { marks: ['flush', 'other'], trailers: true },
  async check(under, script) {
    unasked(await observe(under, { ...script, leavesAfter: 0, rests: true }))
    const seen = await observe(under, { ...script, rests: true })
    unasked(seen)
    if (!endedWell(under, seen)) return
    await holdsLittle(under, { ...script, marks: [], trailers: false })
  },
  async atLast(under) {
    const long = longBody(under)
    if (long !== undefined) await holdsLittle(under, long)
  },
}

const unasked = (seen: Observation): void => {
  const { unaskedPulls, doubledPulls } = seen.source
  if (unaskedPulls > 0) throw new Broken('it pulled while the reader was not asking', seen)
  if (doubledPulls > 0) throw new Broken('it pulled while a pull was pending', seen)
}

/** What it holds is what a flush would let go, and had not left when it asked for more. */
const holdsLittle = async (under: Under, script: Script): Promise<void> => {
  const kind = passingKind(under)
  if (kind === undefined || under.maxHeldBytes === Number.POSITIVE_INFINITY) return
  const seen = await observe(under, script)
  const data = seen.given.filter(isData)
  let byteLength = 0
  for (const [index, frame] of data.entries()) {
    byteLength += frame.bytes.length
    const left = seen.source.bytesOutAt[index + 1]
    if (left === undefined) return
    const doing: Doing = { ...script, bytes: script.bytes.subarray(0, byteLength) }
    const parted = await partAt(under, doing, kind)
    const held = (parted?.before.length ?? 0) - left
    if (held <= under.maxHeldBytes) continue
    throw new Broken(
      `it held ${held} bytes when ${byteLength} had come and it asked for more (${under.maxHeldBytes} bytes may be held)`,
      seen,
    )
  }
}

const pieces = 16
const maxLongBytes = 8_388_608

/** A body of several times what may be held, where one can be made. */
const longBody = ({ inputs, maxHeldBytes }: Under): Script | undefined => {
  const byteLength = 4 * Math.max(maxHeldBytes, 1024)
  if (typeof inputs === 'object' || byteLength > maxLongBytes) return undefined
  const plain = noise(byteLength)
  const bytes = inputs === undefined ? plain : inputs(plain)
  const step = Math.ceil(bytes.length / pieces)
  return {
    bytes,
    cuts: Array.from({ length: pieces }, (_, index) => index * step),
    marks: [],
    trailers: false,
    answers: ['at once'],
    source: 'pull',
    reader: 'pull',
  }
}

/** Bytes that no coder makes small. The generator is Lehmer's, by Park and Miller. */
const noise = (byteLength: number): Uint8Array => {
  let state = 1
  return Uint8Array.from({ length: byteLength }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state >> 8
  })
}
