/** Plain text that is compressed at once. Larger blocks no longer make the outcome smaller. */
export const blockBytes = 65_536

/**
 * Up to this much is compressed in place, more in the thread pool; slow levels of a coding have a lower limit.
 *
 * From here on the hop to the pool adds little to the work, and the event loop would stand still for too long. The limits of
 * slow levels are for the slowest text, random sequences of two letters. test/bench/change-over.mjs measures both sides.
 */
export const inPlaceBytes = 32_768
