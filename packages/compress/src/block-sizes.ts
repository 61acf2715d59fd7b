/** Plain text that is compressed at once. Larger blocks no longer make the outcome smaller. */
export const blockBytes = 65_536

/**
 * Up to this much is compressed in place, more in the thread pool.
 *
 * From here on the hop to the pool adds no more than an eighth to the work, and the event loop would stand still for over
 * 0.4 ms. Measured by test/bench/change-over.mjs, CPU in place and in the pool: 4 KiB 65 and 109 us, 16 KiB 181 and 220,
 * 32 KiB 397 and 445, 64 KiB 905 and 989.
 */
export const inPlaceBytes = 32_768
