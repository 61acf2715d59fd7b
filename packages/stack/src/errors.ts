/**
 * The codes of this package, with their statuses (RFC 9110 section 15).
 *
 * The first group has the names of statuses, for applications. The second is what more than one host, or the packages that read
 * requests for them, can find. `packages/stack/ERRORS.md` lists the codes of every package.
 */
export const httpErrorStatus = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  GONE: 410,
  LENGTH_REQUIRED: 411,
  PRECONDITION_FAILED: 412,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  EXPECTATION_FAILED: 417,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,

  FRAMING_INVALID: 400,
  HOST_INVALID: 400,
  TARGET_INVALID: 400,
  CODING_UNKNOWN: 501,
  RESPONSE_INVALID: 500,
  REQUEST_OVER: 500,
  REQUEST_UNKNOWN: 500,
} as const

export type HttpErrorCode = keyof typeof httpErrorStatus
