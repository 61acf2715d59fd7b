/** One piece of a download: always the same bytes, so that making them is not measured. */
export const piece = new Uint8Array(65_536).fill(97)

/** So many bytes, piece by piece. */
export async function* pieces(bytes) {
  for (let left = bytes; left > 0; left -= piece.length)
    yield left < piece.length ? piece.subarray(0, left) : piece
}

/** The bytes that the target asks for: `/down?bytes=1048576`. */
export const bytesOf = (target) => Number(target.slice(target.indexOf('=') + 1))
