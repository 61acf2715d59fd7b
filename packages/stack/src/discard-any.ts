import { discard } from './discard.ts'
import type { AnyFrame, Body } from '@sluice/body'

/** Closes the body of anything that may be a response. */
export const discardAny = (response: unknown): void => {
  if (hasBody(response)) discard(response)
}

const hasBody = (response: unknown): response is { readonly body: Body<AnyFrame> } =>
  typeof response === 'object' &&
  response !== null &&
  'body' in response &&
  typeof response.body === 'object' &&
  response.body !== null
