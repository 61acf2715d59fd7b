import type { Bytes } from '@sluice/body'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const utf8 = (text: string): Bytes => encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** One way of cutting bytes into pieces, none of them empty. */
export interface Cut {
  readonly name: string
  readonly pieces: readonly Uint8Array[]
}

/** Cuts bytes at the places given, in any order; places outside and repeated ones do not count. */
export const cutAt = (bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] => {
  const inside = places.filter((place) => place > 0 && place < bytes.length)
  const bounds = [0, ...[...new Set(inside)].sort((a, b) => a - b), bytes.length]
  return bounds
    .slice(1)
    .map((to, i) => bytes.subarray(bounds[i], to))
    .filter((piece) => piece.length > 0)
}

/** Whole, byte by byte, in twos and threes, and in two pieces at every place. */
export const cuts = (bytes: Uint8Array): readonly Cut[] => {
  const every = (step: number) =>
    cutAt(
      bytes,
      Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => i * step),
    )
  return [
    { name: 'whole', pieces: cutAt(bytes, []) },
    { name: 'byte by byte', pieces: every(1) },
    { name: 'in twos', pieces: every(2) },
    { name: 'in threes', pieces: every(3) },
    ...Array.from({ length: Math.max(0, bytes.length - 1) }, (_, i) => ({
      name: `cut at ${i + 1}`,
      pieces: cutAt(bytes, [i + 1]),
    })),
  ]
}
