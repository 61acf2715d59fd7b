import { takeWhole } from '@sluice/stack/host'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { ResponseFraming } from '../http1/response-framing.ts'

/** Content of more bytes is not looked at before a writer is made for it. */
const smallBytes = 16_384

/**
 * Takes small content that is there at once: as text if it is short ASCII, otherwise as bytes. If it is not, returns a source that
 * still has all of it.
 *
 * Text goes out as one string with the head, which the socket copies once. That is faster than encoding and joining bytes.
 */
export const takeSmall = (
  source: Pull<AnyFrame>,
  framing: ResponseFraming,
): string | Uint8Array | Pull<AnyFrame> => {
  if (framing.kind !== 'length' || framing.bytes > smallBytes) return source
  return source.whole?.(framing.bytes) ?? takeWhole(source, framing.bytes)
}
