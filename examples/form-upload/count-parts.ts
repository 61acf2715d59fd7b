import { isData } from '@sluice/body'
import { tap } from '@sluice/filter'
import { HttpError } from '@sluice/stack'
import type { Body } from '@sluice/body'

/** How many bytes the headers of a part may have. */
export const maxHeaderBytes = 4096

const headersEnd = '\r\n\r\n'

export interface PartCounter {
  counted(body: Body): Body
  /** How many parts have begun. */
  readonly count: number
}

/**
 * Counts the parts of a form on their way to the parser, and measures their headers. The parser drops a part that it cannot read, and
 * cuts headers that are too long; it tells of neither.
 */
export const countParts = (boundary: string): PartCounter => {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let count = 0
  let at: 'content' | 'delimiter' | 'headers' | 'end' = 'content'
  // The line end before the first delimiter may be missing.
  let held = Buffer.from('\r\n')

  /** Takes one step; `false` if it needs more bytes. */
  const step = (): boolean => {
    if (at === 'end') return false
    if (at === 'delimiter') {
      if (held.length < 2) return false
      at = held.toString('latin1', 0, 2) === '--' ? 'end' : 'headers'
      if (at === 'headers') count++
      return true
    }
    const next = held.indexOf(delimiter)
    if (at === 'headers') {
      const end = held.indexOf(headersEnd)
      const places = [next, end].filter((place) => place >= 0)
      // Three bytes of the end of the headers may be there.
      if (Math.min(...places, held.length - headersEnd.length + 1) > maxHeaderBytes)
        throw new HttpError(
          'FORM_TOO_LARGE',
          `Cannot take the form: found a part with more than ${maxHeaderBytes} bytes of headers`,
          { status: 413 },
        )
      if (end >= 0 && (next < 0 || end < next)) {
        at = 'content'
        // The next delimiter may begin with the last line end of the headers.
        held = held.subarray(end + 2)
        return true
      }
    }
    if (next >= 0) {
      at = 'delimiter'
      held = held.subarray(next + delimiter.length)
      return true
    }
    if (at === 'content') held = held.subarray(Math.max(0, held.length - delimiter.length + 1))
    return false
  }

  const counted = tap(() => ({
    frame(frame) {
      if (!isData(frame) || at === 'end') return
      held = Buffer.concat([held, frame.bytes])
      while (step());
    },
  }))
  return {
    counted: (body) => counted(body),
    get count() {
      return count
    },
  }
}
