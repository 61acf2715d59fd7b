/** The largest prime under 2^16. */
const base = 65521

/** After this many bytes the sums could exceed 32 bits (RFC 1950 section 8.2, and zlib's NMAX). */
const sumsAtOnce = 5552

/** Continues an Adler-32 checksum (RFC 1950 section 8.2). */
export const adler32 = (bytes: Uint8Array, before: number): number => {
  let low = before & 0xffff
  let high = before >>> 16
  for (let start = 0; start < bytes.length; start += sumsAtOnce) {
    const end = Math.min(start + sumsAtOnce, bytes.length)
    for (let i = start; i < end; i++) {
      low += bytes[i] ?? 0
      high += low
    }
    low %= base
    high %= base
  }
  return ((high << 16) | low) >>> 0
}
