import { closeQuietly } from './close-quietly.ts'
import { closeBody } from './pull.ts'
import type { AnyFrame, Body } from '../frames.ts'

/** Closes a body that will not be read, as `closeBody` does, and ignores errors of closing. Never rejects. */
export const closeBodyQuietly = (body: Body<AnyFrame>): Promise<void> =>
  closeQuietly({ close: () => closeBody(body) })
