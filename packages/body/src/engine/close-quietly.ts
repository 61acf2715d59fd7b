/**
 * Closes what has failed: the reader is told the first error, and what closing throws after it is nobody's.
 *
 * Never rejects; `close` is called before it gives its promise.
 */
export const closeQuietly = async (source: {
  close(): void | PromiseLike<void>
}): Promise<void> => {
  try {
    await source.close()
  } catch {
    // The first error is on its way.
  }
}
