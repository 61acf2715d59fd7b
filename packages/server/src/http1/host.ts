import { Buffer } from 'node:buffer'
import { withoutBlanks } from '@sluice/body/engine'
import { hostTable, ipv6Table, skip } from './syntax.ts'

/** The host of the last request, since most name the same one, and its bytes. */
let lastValid = ''
let lastBytes: Uint8Array = new Uint8Array(0)

/** Whether a text may be the value of a Host field: `uri-host [ ":" port ]` (RFC 9110 7.2), also empty. */
export const isHost = (text: string): boolean => {
  if (text === lastValid || text === '') return true
  if (!isAuthority(text, false)) return false
  const bytes = Buffer.from(text, 'latin1')
  // A copy: a substring would keep the whole head alive.
  lastValid = bytes.toString('latin1')
  lastBytes = bytes
  return true
}

/** Whether a name of four bytes is Host: asked of the bytes, since every request has it. */
export const isHostName = (bytes: Uint8Array, start: number): boolean =>
  ((bytes[start] ?? 0) | 32) === 104 &&
  ((bytes[start + 1] ?? 0) | 32) === 111 &&
  ((bytes[start + 2] ?? 0) | 32) === 115 &&
  ((bytes[start + 3] ?? 0) | 32) === 116

/**
 * The value of a Host field, which stands in `text`, and in latin1 in `bytes`, between two places.
 *
 * Where it is that of the last request it is the same string: to compare its bytes is 0.1 us cheaper than to cut it out and to
 * compare that.
 */
export const hostValue = (text: string, bytes: Uint8Array, start: number, end: number): string => {
  const from = bytes[start] === 32 ? start + 1 : start
  return isLast(bytes, from, end) ? lastValid : withoutBlanks(text, start, end)
}

const isLast = (bytes: Uint8Array, start: number, end: number) => {
  if (end - start !== lastBytes.length) return false
  for (let i = start; i < end; i++) if (bytes[i] !== lastBytes[i - start]) return false
  return true
}

/** Whether a text is `host [ ":" port ]` with a host that is not empty and, with `needsPort`, a port. */
export const isAuthority = (text: string, needsPort: boolean): boolean => {
  const end = text.length
  const hostEnd = text.charCodeAt(0) === 91 ? afterAddress(text) : afterName(text)
  if (hostEnd === 0) return false
  if (hostEnd === end) return !needsPort
  if (text.charCodeAt(hostEnd) !== 58) return false
  return isPort(text, hostEnd + 1, end) && !(needsPort && hostEnd + 1 === end)
}

/** The end of a registered name or IPv4 address without empty labels but a last one; 0 where there is none. */
const afterName = (text: string) => {
  const end = skip(hostTable, text, 0, text.length)
  const name = text.slice(0, end)
  return name.startsWith('.') || name.includes('..') ? 0 : end
}

/** The end of an IP literal: an IPv6 address in brackets. */
const afterAddress = (text: string) => {
  const end = skip(ipv6Table, text, 1, text.length)
  return text.charCodeAt(end) === 93 && isIpv6(text.slice(1, end)) ? end + 1 : 0
}

/** RFC 3986 3.2.2: IPv4address, of dec-octets without leading zeros. */
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** RFC 3986 3.2.2: eight groups, or fewer with one `::`, the last two perhaps as an IPv4 address. */
const isIpv6 = (text: string) => {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  const v4 = last?.includes('.') === true && ipv4.test(last)
  const hex = v4 ? groups.slice(0, -1) : groups
  const count = hex.length + (v4 ? 2 : 0)
  return (
    hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) &&
    (halves.length === 2 ? count < 8 : count === 8)
  )
}

const isPort = (text: string, start: number, end: number) => {
  let port = 0
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
    if (port > 65_535) return false
  }
  return true
}
