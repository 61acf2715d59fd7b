import { HttpError } from '@sluice/stack'
import type { z } from 'zod'

/** The value as the schema has it. The issues are in the cause of the error, for `problems`. */
export const checked = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const { data, error } = schema.safeParse(value)
  if (error !== undefined)
    throw new HttpError('UNPROCESSABLE_CONTENT', 'Cannot use the input: see the issues', {
      cause: error,
    })
  return data
}
