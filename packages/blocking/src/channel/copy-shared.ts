/**
 * Copies `bytes` to `at`, where either may be shared memory.
 *
 * By `fill`, which is a copy of memory. `set` copies shared memory by atomic accesses, which takes twenty times as long; so does
 * `copy` on Node 20.
 */
export const copyShared = (bytes: Uint8Array, into: Buffer, at: number): void => {
  if (bytes.length > 0) into.fill(bytes, at, at + bytes.length)
}
