/** Bytes of plain text in one block. Larger blocks do not make the result smaller. */
export const blockBytes = 65_536

/**
 * Up to this many bytes are compressed in place, more in the thread pool. Slow levels of a coding have a lower limit.
 *
 * From here on the hop to the pool adds little to the work, and the event loop would stand still for too long. The limits of
 * slow levels are for the slowest text, random sequences of two letters. test/bench/change-over.mjs measures both sides.
 */
export const inPlaceBytes = 32_768
