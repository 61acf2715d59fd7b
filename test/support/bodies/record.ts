import { concat, isData, isFlush, isPause } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { textOf } from '../parsing/cuts.ts'
import type { AnyFrame, Body } from '@sluice/body'

/** A body as it was read: its bytes, and where among them every other frame stood. */
export interface Recording {
  readonly frames: readonly AnyFrame[]
  readonly bytes: Uint8Array
  /** `kind@offset` of every frame that is not data, in order. */
  readonly marks: readonly string[]
  /** How the reading ended: at the end, or with this error. */
  readonly end: { readonly error: unknown } | undefined
}

/**
 * Reads a body to its end or its error, as a server would: waits for pauses, tells receipts, by the pull protocol.
 *
 * Never rejects: what went wrong is in `end`.
 */
export const record = async (body: Body<AnyFrame>): Promise<Recording> => {
  const frames: AnyFrame[] = []
  const parts: Uint8Array[] = []
  const marks: string[] = []
  let offset = 0
  let end: { readonly error: unknown } | undefined
  const source = pullFrom(body)
  try {
    for (;;) {
      const frame = await source.pull()
      if (frame === undefined) break
      frames.push(frame)
      if (isData(frame)) {
        parts.push(frame.bytes)
        offset += frame.bytes.length
        continue
      }
      marks.push(`${frame.kind}@${offset}`)
      if (isFlush(frame)) frame.sent?.()
      if (isPause(frame)) await frame.until
    }
  } catch (error) {
    end = { error }
    await source.close()
  }
  // Not as a Buffer, which `equal` finds unlike a Uint8Array.
  return { frames, bytes: new Uint8Array(concat(parts)), marks, end }
}

/** Every frame in a word: `data hello`, `flush`, and `end` or `error` with its code or message. For order. */
export const wordsOf = ({ frames, end }: Recording): readonly string[] => [
  ...frames.map((frame) => (isData(frame) ? `data ${textOf(frame.bytes)}` : frame.kind)),
  end === undefined ? 'end' : `error ${nameOf(end.error)}`,
]

export const words = async (body: Body<AnyFrame>): Promise<readonly string[]> =>
  wordsOf(await record(body))

const nameOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'message' in error ? String(error.message) : 'unnamed'
}
