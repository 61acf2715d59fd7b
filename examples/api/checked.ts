import { readJson } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import type { HttpRequest } from '@sluice/stack'
import type { z } from 'zod'

/** The value as the schema makes it. The issues are the cause of the error: `problems` shows them. */
export const checked = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data
  const message = 'Cannot use the input: see the issues'
  throw new HttpError('UNPROCESSABLE_CONTENT', message, { cause: error })
}

/** The content of a request. A form of another site cannot send its type, so it cannot act in a user's name. */
export const checkedContent = async <S extends z.ZodType>(
  schema: S,
  { headers, body }: HttpRequest,
): Promise<z.output<S>> => {
  if (!/^application\/json *(;|$)/i.test(headers.get('content-type') ?? ''))
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'Cannot read the content: wanted JSON')
  const coding = headers.get('content-encoding') ?? 'identity'
  // RFC 9110 section 15.5.16. `decompressInput` of @sluice/compress reads coded content.
  if (coding !== 'identity')
    throw new HttpError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Cannot read the content: found the coding ${coding}, wanted none`,
      { headers: { 'accept-encoding': 'identity' } },
    )
  return checked(schema, await readJson(body, { maxBytes: 16_384 }))
}
