import { BodyError } from '@sluice/body'
import { codingError } from './errors.ts'
import type { Coding } from './coding.ts'

export const codingInvalid = (
  coding: Coding,
  found: string,
  wanted: string,
  cause?: unknown,
): BodyError =>
  codingError(
    'CODING_INVALID',
    `Cannot decompress the ${coding} content: found ${found}, wanted ${wanted}`,
    cause === undefined ? {} : { cause },
  )

export const endedEarly = (coding: Coding, cause?: unknown): BodyError =>
  new BodyError(
    'BODY_ENDED_EARLY',
    `Cannot decompress the ${coding} content: found the end of the body, wanted the end of the coding first`,
    cause === undefined ? {} : { cause },
  )

/** Whether an error comes from zlib, by its number, and not from us or the source. */
export const isZlibError = (
  error: unknown,
): error is { readonly code: string; readonly message: string } =>
  typeof error === 'object' &&
  error !== null &&
  'errno' in error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'message' in error
