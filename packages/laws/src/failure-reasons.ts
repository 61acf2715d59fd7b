/** Reasons of failures: errors that some code takes for an end, frozen ones, and values that are not errors. */
export const failureReasons = (): readonly unknown[] => [
  undefined,
  null,
  0,
  '',
  'a word',
  Object.freeze(new Error('frozen')),
  Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' }),
  ...codes.map((code) => Object.assign(new Error('broken'), { code })),
]

const codes = [
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'BODY_ENDED_EARLY',
  'TIMED_OUT',
]
