import { withoutBlanks } from '@sluice/body/engine'
import { isAuthority } from './authority.ts'
import { ownText } from './platform-bytes.ts'

/** Checks the values of Host fields, and remembers the last valid one: most requests to a server name the same host. */
export class HostField {
  #text = ''

  /** Whether a text may be the value of a Host field: `uri-host [ ":" port ]` (RFC 9110 7.2), or nothing. */
  isValid(text: string): boolean {
    if (text === this.#text || text === '') return true
    if (!isAuthority(text, false)) return false
    // A substring would keep the whole head alive.
    this.#text = ownText(text)
    return true
  }

  /**
   * The value of a Host field between two places of `text`, of which `bytes` is the encoding in latin1.
   *
   * The last valid value is returned as the same string: comparing its bytes is faster than cutting it out.
   */
  value(text: string, bytes: Uint8Array, start: number, end: number): string {
    const from = bytes[start] === 32 ? start + 1 : start
    return isAt(this.#text, bytes, from, end) ? this.#text : withoutBlanks(text, start, end)
  }
}

const isAt = (wanted: string, bytes: Uint8Array, start: number, end: number): boolean => {
  if (end - start !== wanted.length) return false
  for (let i = start; i < end; i++) if (bytes[i] !== wanted.charCodeAt(i - start)) return false
  return true
}

/** Whether a name of four bytes is Host. It looks at the bytes, since every request has this field. */
export const isHostName = (bytes: Uint8Array, start: number): boolean =>
  ((bytes[start] ?? 0) | 32) === 104 &&
  ((bytes[start + 1] ?? 0) | 32) === 111 &&
  ((bytes[start + 2] ?? 0) | 32) === 115 &&
  ((bytes[start + 3] ?? 0) | 32) === 116
