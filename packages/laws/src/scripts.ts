import fc from 'fast-check'
import type { ScriptKinds } from './law.ts'
import type { Script } from './script.ts'
import type { Under } from './under.ts'

/** Bytes of a body that is made up; places beyond its end mean the end. */
const maxBytes = 16

/** Cuts of the bodies at last, so that a long input is not a thousand frames. */
const maxLastCuts = 64

const encoder = new TextEncoder()

const scraps = ['a', 'b', '0', ' ', '<', '>', '/', '\n', '\r\n', 'é', '漢', '😀']

/** Makes up bodies for a filter: its inputs, cut anywhere, with control frames anywhere, given and read in any way. */
export const scriptsFor = (under: Under, kinds: ScriptKinds): fc.Arbitrary<Script> => {
  const { bytes, span } = bytesFor(under)
  const marks = kinds.marks.filter((kind) => !under.refuses.has(kind))
  const place = fc.nat(span)
  const mark = () => fc.record({ kind: fc.constantFrom(...marks), at: place, variant: fc.nat(3) })
  const withTrailers = kinds.trailers === true && !under.refuses.has('trailers')
  return fc.record({
    bytes,
    cuts: fc.array(place, { maxLength: 6 }),
    marks: marks.length === 0 ? fc.constant([]) : fc.array(mark(), { maxLength: 5 }),
    trailers: withTrailers ? fc.boolean() : fc.constant(false),
    answers: fc.array(fc.constantFrom('at once', 'soon', 'later'), { minLength: 1, maxLength: 3 }),
    source: fc.constantFrom('pull', 'iterable'),
    reader: fc.constantFrom('pull', 'iterator'),
  })
}

/** Bodies that every filter is tried with at last: byte by byte, with a frame of each kind in the middle. */
export const scriptsAtLast = (under: Under, kinds: ScriptKinds): readonly Script[] => {
  const marks = kinds.marks.filter((kind) => !under.refuses.has(kind))
  return lastInputs(under).map((bytes) => ({
    bytes,
    cuts: Array.from(bytes.subarray(0, maxLastCuts), (_, index) => index),
    marks: marks.map((kind) => ({ kind, at: bytes.length >> 1, variant: 0 })),
    trailers: kinds.trailers === true && !under.refuses.has('trailers'),
    answers: ['at once'],
    source: 'pull',
    reader: 'pull',
  }))
}

const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: maxBytes }),
  fc
    .array(fc.constantFrom(...scraps), { maxLength: 10 })
    .map((parts) => encoder.encode(parts.join(''))),
)

const bytesFor = ({
  inputs,
}: Under): { readonly bytes: fc.Arbitrary<Uint8Array>; readonly span: number } => {
  if (inputs === undefined) return { bytes: anyBytes, span: maxBytes }
  // How long a coder's input is cannot be told before; most codings of so little are about as long.
  if (typeof inputs === 'function') return { bytes: anyBytes.map(inputs), span: 4 * maxBytes }
  const span = Math.max(...inputs.map((input) => input.length))
  return { bytes: fc.constantFrom(...inputs), span }
}

const lastInputs = ({ inputs }: Under): readonly Uint8Array[] => {
  const some = encoder.encode('<a>é 漢</a>\r\n')
  if (inputs === undefined) return [some]
  return typeof inputs === 'function' ? [inputs(some)] : inputs.slice(0, 3)
}
