import { plainFlush } from '@sluice/body/engine'
import type { Flush } from '@sluice/body'

/**
 * "Send what you have, now, through every layer": a flush without a receipt.
 *
 * A frozen constant that every body can yield.
 *
 * Answers `x-wsgiorg.flush` (Web-SIG, 2007).
 *
 * @example
 * ```ts
 * import { flush } from '@sluice/flush'
 *
 * export async function* page() {
 *   yield '<!doctype html><title>first</title>'
 *   yield flush
 *   yield '<p>later'
 * }
 * ```
 */
export const flush: Flush = plainFlush
