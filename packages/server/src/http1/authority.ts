import { hostTable, ipv6Table, skip } from './syntax.ts'

/** Whether a text is `host [ ":" port ]` (RFC 3986 3.2) with a host that is not empty and, with `needsPort`, a port. */
export const isAuthority = (text: string, needsPort: boolean): boolean => {
  const end = text.length
  const hostEnd = text.charCodeAt(0) === 91 ? afterAddress(text) : afterName(text)
  if (hostEnd === 0) return false
  if (hostEnd === end) return !needsPort
  if (text.charCodeAt(hostEnd) !== 58) return false
  return isPort(text, hostEnd + 1, end) && !(needsPort && hostEnd + 1 === end)
}

/** The end of a registered name or IPv4 address, or 0 if there is none. Only the last label may be empty. */
const afterName = (text: string) => {
  const end = skip(hostTable, text, 0, text.length)
  const name = text.slice(0, end)
  return name.startsWith('.') || name.includes('..') ? 0 : end
}

/** The end of an IP literal, which is an IPv6 address in brackets, or 0 if there is none. */
const afterAddress = (text: string) => {
  const end = skip(ipv6Table, text, 1, text.length)
  return text.charCodeAt(end) === 93 && isIpv6(text.slice(1, end)) ? end + 1 : 0
}

/** RFC 3986 3.2.2: IPv4address, of dec-octets without leading zeros. */
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** RFC 3986 3.2.2: eight groups, or fewer with one `::`. The last two may be an IPv4 address. */
const isIpv6 = (text: string) => {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  // An IPv4 address is the last 32 bits: nothing may follow it, not even `::`.
  const v4 = last?.includes('.') === true && ipv4.test(last) && text.endsWith(last)
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
