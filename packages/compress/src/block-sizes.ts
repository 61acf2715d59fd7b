/** Plain text that is compressed at once. Larger blocks no longer make the outcome smaller. */
export const blockBytes = 65_536

/** Up to this much is compressed in place, more in the thread pool. Measured, see test/bench/change-over.mjs. */
export const inPlaceBytes = 32_768
