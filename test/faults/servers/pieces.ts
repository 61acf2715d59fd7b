/** Bytes that downloads consist of: one buffer, so that what is measured is the server and not its application. */
export const piece: Uint8Array = new Uint8Array(65_536).fill(0x61)

/** How long a slow handler takes over a piece of content. */
export const sleepMs = 100

export function* pieces(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece
  }
}
