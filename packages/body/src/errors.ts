/**
 * The codes of this package, with the status that a server answers if no byte of the response has been sent.
 *
 * What can go wrong with any body is declared here, and any package may throw it. What only one package can find is declared in
 * the `errors.ts` of that package. `packages/stack/ERRORS.md` lists all of them.
 */
export const bodyErrorStatus = {
  BODY_USED: 500,
  BODY_INVALID: 500,
  BODY_TOO_LARGE: 413,
  BODY_ENDED_EARLY: 400,
  LENGTH_MISMATCH: 500,
  LINE_TOO_LONG: 413,
  JSON_INVALID: 400,
  FLUSH_LOST: 500,
  TIMED_OUT: 504,
  READER_GONE: 499,
  READER_SLOW: 503,
} as const

export type BodyErrorCode = keyof typeof bodyErrorStatus
