/** Plain text that is compressed at once. Larger blocks no longer make the outcome smaller. */
export const blockBytes = 65_536

/**
 * Up to this much is compressed in place, more in the thread pool; slow levels of a coding have a lower limit.
 *
 * From here on the hop to the pool adds no more than an eighth to the work, and the event loop would stand still for over
 * 0.4 ms. Measured by test/bench/change-over.mjs, CPU in place and in the pool: 4 KiB 65 and 109 us, 16 KiB 181 and 220,
 * 32 KiB 397 and 445, 64 KiB 905 and 989.
 *
 * The limits of slow levels are for the slowest text, random sequences of two letters: in place it blocks the loop for some
 * 4 ms at most, and mostly for less than one. Whole 32 KiB of it take gzip 76 ms at level 9 (3.8 ms at 6), brotli 53 ms at quality 11
 * (1.4 ms at 5), zstd 16 ms at level 19 (0.1 ms at 3).
 */
export const inPlaceBytes = 32_768
