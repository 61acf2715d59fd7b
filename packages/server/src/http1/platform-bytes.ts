import { concat } from '@sluice/body'
import { latin1Bytes, latin1Of } from '@sluice/body/engine'

// The only place in this folder that asks for Node's Buffer. If there is none, the web platform does the same work, slower.
// The types are declared here, since the folder compiles without Node's.

interface NodeBytes extends Uint8Array {
  toString(encoding?: 'latin1', start?: number, end?: number): string
  /** Not used: it tells this type from `Uint8Array`. */
  copy(target: Uint8Array): number
}

interface NodeBuffer {
  from(text: string, encoding: 'latin1'): Uint8Array
  from(bytes: Uint8Array): Uint8Array
  from(memory: ArrayBufferLike, offset: number, length: number): NodeBytes
  concat(pieces: readonly Uint8Array[]): Uint8Array
  allocUnsafeSlow(length: number): Uint8Array
  isBuffer(bytes: Uint8Array): bytes is NodeBytes
}

const isNodeBuffer = (found: unknown): found is NodeBuffer =>
  typeof found === 'function' && 'allocUnsafeSlow' in found && 'isBuffer' in found

const findNodeBuffer = (): NodeBuffer | undefined => {
  const found: unknown = Reflect.get(globalThis, 'Buffer')
  return isNodeBuffer(found) ? found : undefined
}

const nodeBuffer = findNodeBuffer()

/** Decodes the bytes between two places as ISO-8859-1: a character for each byte. The text has memory of its own. */
export const decodeLatin1: (bytes: Uint8Array, start: number, end: number) => string =
  nodeBuffer === undefined
    ? latin1Of
    : (bytes, start, end) =>
        (nodeBuffer.isBuffer(bytes)
          ? bytes
          : nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        ).toString('latin1', start, end)

/** Encodes a text as ISO-8859-1: the low byte of each character. */
export const encodeLatin1: (text: string) => Uint8Array =
  nodeBuffer === undefined ? latin1Bytes : (text) => nodeBuffer.from(text, 'latin1')

/** Copies a text. A substring keeps the whole string alive that it was cut from. */
export const ownText = (text: string): string => decodeLatin1(encodeLatin1(text), 0, text.length)

/** Copies bytes. In Node the copy may be in a pool, of which a small view keeps 8 KiB alive: not for what is kept for long. */
export const copyBytes: (bytes: Uint8Array) => Uint8Array =
  nodeBuffer === undefined ? (bytes) => bytes.slice() : (bytes) => nodeBuffer.from(bytes)

/** Joins byte arrays as `copyBytes` copies them. */
export const joinBytes: (pieces: readonly Uint8Array[]) => Uint8Array =
  nodeBuffer === undefined ? concat : (pieces) => nodeBuffer.concat(pieces)

/** Joins byte arrays in memory of its own, to be kept. */
export const ownBytes = (...pieces: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const piece of pieces) length += piece.length
  const whole = nodeBuffer?.allocUnsafeSlow(length) ?? new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
