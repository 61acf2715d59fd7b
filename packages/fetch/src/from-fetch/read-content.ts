import { readBytes } from '@sluice/body'
import { decodeText, fromPull, isByteArray, pullFrom } from '@sluice/body/engine'
import { takeWhole } from '@sluice/stack/host'
import type { AnyFrame, Body } from '@sluice/body'

/** Fetch has no limit: `limitBytes` of `@sluice/filter`, or the application, sets one. */
const unlimited = { maxBytes: Number.POSITIVE_INFINITY }

/** Content of more bytes seldom is there at once. */
const smallBytes = 65_536

/** Reads content to its end. Bytes that are there at once, as those of small requests are, cost no promise. Others may keep them. */
export const readContent = (body: Body<AnyFrame>): Uint8Array | Promise<Uint8Array> => {
  const { byteLength } = body
  if (byteLength === undefined || byteLength > smallBytes) return readBytes(body, unlimited)
  const taken = takeWhole(pullFrom(body), byteLength)
  return isByteArray(taken)
    ? taken
    : readBytes(
        fromPull(() => taken, byteLength),
        unlimited,
      )
}

/** Decodes UTF-8 as fetch does, without a byte order mark. */
export const decodeContent = (bytes: Uint8Array): string => {
  const text = decodeText(bytes)
  return text.startsWith('\ufeff') ? text.slice(1) : text
}
