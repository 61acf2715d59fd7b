/**
 * Closes a source and ignores errors of closing: the body has failed already, and its reader gets that error.
 *
 * Calls `close` before it returns. Never rejects.
 */
export const closeQuietly = async (source: {
  close(): void | PromiseLike<void>
}): Promise<void> => {
  try {
    await source.close()
  } catch {
    // The reader gets the first error.
  }
}
