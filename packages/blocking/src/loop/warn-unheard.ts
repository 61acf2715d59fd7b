import { propertyOf } from '@sluice/body/engine'

/** Warns of an error that no response can tell: it came after the end, or after the client had left. */
export const warnUnheard = (error: unknown): void => {
  const message = propertyOf(error, 'message') ?? error
  process.emitWarning(`A blocking function failed after its response: ${message}`, {
    type: 'BlockingWarning',
    code: String(propertyOf(error, 'code') ?? 'INTERNAL'),
    detail: [error, propertyOf(error, 'cause')].flatMap(stackOf).join('\n'),
  })
}

const stackOf = (error: unknown): readonly string[] => {
  const stack = propertyOf(error, 'stack')
  return typeof stack === 'string' ? [stack] : []
}
