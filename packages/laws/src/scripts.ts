import { encodeText, noBytes } from '@sluice/body/engine'
import fc from 'fast-check'
import { otherForms } from './other-frames.ts'
import { trailerForms } from './script.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { ScriptKinds } from './law.ts'
import type { Mark, Script } from './script.ts'

/** The most bytes of a random body. Places beyond its end mean its end. */
const maxBytes = 16

/** The most cuts of the bodies of `scriptsAtLast`, so that a long input is not a thousand frames. */
const maxLastCuts = 64

const scraps = ['a', 'b', '0', ' ', '<', '>', '/', '\n', '\r\n', 'é', '漢', '😀']

/** Random bodies for a filter: its inputs, cut anywhere, with control frames anywhere, given and read in any way. */
export const scriptsFor = (under: FilterUnderTest, kinds: ScriptKinds): fc.Arbitrary<Script> => {
  const { bytes, span } = bytesFor(under)
  const marks = kinds.marks.filter((kind) => !under.refuses.has(kind))
  const place = fc.nat(span)
  const mark = () =>
    fc.record({ kind: fc.constantFrom(...marks), at: place, variant: fc.nat(otherForms - 1) })
  const withTrailers = kinds.trailers === true && !under.refuses.has('trailers')
  return fc.record({
    bytes,
    cuts: fc.array(place, { maxLength: 6 }),
    marks: marks.length === 0 ? fc.constant([]) : fc.array(mark(), { maxLength: 5 }),
    trailers: withTrailers ? fc.boolean() : fc.constant(false),
    fields: withTrailers ? fc.nat(trailerForms - 1) : fc.constant(0),
    memory: fc.constantFrom('own', 'views', 'buffers'),
    sized: fc.constantFrom(true, false),
    answers: fc.array(fc.constantFrom('at once', 'soon', 'by a thenable', 'later'), {
      minLength: 1,
      maxLength: 3,
    }),
    source: fc.constantFrom('pull', 'iterable'),
    reader: fc.constantFrom('pull', 'iterator'),
  })
}

/** Fixed bodies that every filter gets after the random ones: byte by byte, with a frame of each kind in the middle. */
export const scriptsAtLast = (under: FilterUnderTest, kinds: ScriptKinds): readonly Script[] => {
  const marks = kinds.marks.filter((kind) => !under.refuses.has(kind))
  return lastInputs(under).map((bytes) => ({
    ...plainScript(bytes),
    cuts: Array.from(bytes.subarray(0, maxLastCuts), (_, index) => index),
    marks: marks.map((kind) => ({ kind, at: bytes.length >> 1, variant: 0 })),
    trailers: kinds.trailers === true && !under.refuses.has('trailers'),
  }))
}

/** A body of these bytes in one piece, given and read in the simplest way, except that its bytes are views. */
export const plainScript = (bytes: Uint8Array): Script => ({
  bytes,
  cuts: [],
  marks: [],
  trailers: false,
  fields: 0,
  memory: 'views',
  sized: true,
  answers: ['at once'],
  source: 'pull',
  reader: 'pull',
})

/** A body of `byteLength` bytes before coding, in pieces; `undefined` if inputs are a list, or the filter takes fewer bytes. */
export const longScript = (
  { inputs, maxBodyBytes }: FilterUnderTest,
  byteLength: number,
  pieceBytes: number,
): Script | undefined => {
  if (typeof inputs === 'object' || byteLength > maxBodyBytes) return undefined
  const plain = noise(byteLength)
  const bytes = inputs === undefined ? plain : inputs(plain)
  const length = Math.ceil(bytes.length / pieceBytes)
  return { ...plainScript(bytes), cuts: Array.from({ length }, (_, index) => index * pieceBytes) }
}

/** A body with very many control frames of one kind; `undefined` if the filter refuses that kind. */
export const manyScript = (under: FilterUnderTest, kind: Mark['kind']): Script | undefined => {
  const [bytes] = lastInputs(under)
  if (bytes === undefined || under.refuses.has(kind)) return undefined
  const mark: Mark = { kind, at: bytes.length >> 1, variant: 0 }
  return { ...plainScript(bytes), marks: Array.from({ length: manyMarks }, () => mark) }
}

/** Enough to overflow the stack of a filter that recurses for each, and over any limit of a thousand. */
const manyMarks = 1100

const noises = new Map<number, Uint8Array>()

/** Bytes that do not compress. The generator is Lehmer's, by Park and Miller. */
const noise = (byteLength: number): Uint8Array => {
  const before = noises.get(byteLength)
  if (before !== undefined) return before
  let state = 1
  const bytes = new Uint8Array(byteLength)
  for (let at = 0; at < byteLength; at++) {
    state = (state * 48_271) % 2_147_483_647
    bytes[at] = state >> 8
  }
  noises.set(byteLength, bytes)
  return bytes
}

const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: maxBytes }),
  fc
    .array(fc.constantFrom(...scraps), { maxLength: 10 })
    .map((parts) => encodeText(parts.join(''))),
)

const bytesFor = ({
  inputs,
}: FilterUnderTest): { readonly bytes: fc.Arbitrary<Uint8Array>; readonly span: number } => {
  if (inputs === undefined) return { bytes: anyBytes, span: maxBytes }
  // The length of coded input is not known beforehand. For so few bytes most codings are about as long.
  if (typeof inputs === 'function') return { bytes: anyBytes.map(inputs), span: 4 * maxBytes }
  const span = Math.max(...inputs.map((input) => input.length))
  return { bytes: fc.constantFrom(...inputs), span }
}

/** The bytes of the fixed bodies. */
export const lastInputs = ({ inputs }: FilterUnderTest): readonly Uint8Array[] => {
  const some = encodeText('<a>é 漢</a>\r\n')
  if (inputs === undefined) return [some]
  return typeof inputs === 'function' ? [inputs(some)] : inputs.slice(0, 3)
}

/** Inputs whose last bytes a filter may hold, since more may belong to them; none if inputs are a list. */
export const openInputs = ({ inputs }: FilterUnderTest): readonly Uint8Array[] => {
  if (typeof inputs === 'object') return []
  const whole = encodeText('a😀')
  const open = ['a\r', 'a\n', 'a\r\n', 'a ', 'a<b'].map((text) => encodeText(text))
  // The first one, two and three bytes of a character of four.
  for (const length of [2, 3, 4]) open.push(whole.subarray(0, length))
  return inputs === undefined ? open : open.map(inputs)
}

/** The input for an empty body; none if inputs are a list. */
export const emptyInputs = ({ inputs }: FilterUnderTest): readonly Uint8Array[] => {
  if (inputs === undefined) return [noBytes]
  return typeof inputs === 'function' ? [inputs(noBytes)] : []
}
