import type { Decoded } from './decode-pieces.ts'

/**
 * The chunked coding as slow and plain as can be, to compare the decoder with: regular expressions over the whole text,
 * which is tried one character longer at a time to find the first that makes it invalid.
 */

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const text = '[\\t\\x20-\\x7e\\x80-\\xff]'
const quoted = `"(?:(?!["\\\\])${text}|\\\\${text})*`
const bws = '[ \\t]*'
const name = `${bws};${bws}${token}`
const extension = `${name}(?:${bws}=${bws}(?:${token}|${quoted}"))?`
const size = `[0-9A-Fa-f]+(?:${extension})*`
const unfinished = [
  '\\r?',
  bws,
  `${bws};${bws}`,
  `${name}${bws}`,
  `${name}${bws}=${bws}`,
  `${name}${bws}=${bws}${quoted}\\\\?`,
]
const wholeLine = new RegExp(`^(${size})\\r\\n`)
const partOfLine = new RegExp(`^(?:${size}(?:${unfinished.join('|')}))?$`)
const wholeField = new RegExp(`^(${token}):(${text}*)\\r\\n`)
const partOfField = new RegExp(`^(?:\\r|${token}(?::${text}*\\r?)?)?$`)
/** Of the names that are refused or dropped those that are tried. */
const refused = /^(?:host|content-length|transfer-encoding):/i
const dropped = /^(?:te|cookie|connection|expect|upgrade):/i

const maxLine = 4096
const maxOverhead = 16_384
const maxExtensions = 16_384
const maxTrailers = 16_384
const maxFields = 100
const maxSize = 2n ** 53n - 1n

interface Read {
  readonly end: string
  readonly data: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly at: number
}

const digitsOf = (line: string) => /^[0-9A-Fa-f]*/.exec(line)?.[0] ?? ''

const faultOfLine = (line: string): string | undefined => {
  if (!wholeLine.test(line) && !partOfLine.test(line)) return 'CHUNK_INVALID'
  if (line.replace(/\r\n?$/, '').length > maxLine) return 'CHUNK_LINE_TOO_LONG'
  const digits = digitsOf(line)
  return digits.length > 32 || BigInt(`0x0${digits}`) > maxSize ? 'CHUNK_INVALID' : undefined
}

const faultOfTrailers = (section: string): string | undefined => {
  const lines = section.split(/(?<=\r\n)/)
  if (lines.length > maxFields && /^[^\r]/.test(lines[maxFields] ?? '')) return 'TRAILERS_TOO_LARGE'
  for (const line of lines) {
    if (line === '\r\n') break
    if (refused.test(line)) return 'TRAILERS_INVALID'
    if (!wholeField.test(line) && !partOfField.test(line)) return 'TRAILERS_INVALID'
  }
  return section.replace(/(?<=\n|^)\r\n?$/, '').length > maxTrailers
    ? 'TRAILERS_TOO_LARGE'
    : undefined
}

/** The first fault of the texts that grow by a character up to the whole one. */
const firstFault = (whole: string, faultOf: (text: string) => string | undefined) => {
  for (let length = 1; length <= whole.length; length++) {
    const fault = faultOf(whole.slice(0, length))
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Reads a coding that is whole in `coded`, or as far as it goes. Takes ISO-8859-1. */
const read = (coded: string): Read => {
  let at = 0
  let data = ''
  let excess = 0
  let extensions = 0
  const stop = (end: string): Read => ({ end, data, trailers: [], at })
  for (;;) {
    const found = wholeLine.exec(coded.slice(at))
    const fault = firstFault(found?.[0] ?? coded.slice(at), faultOfLine)
    if (fault !== undefined) return stop(fault)
    if (found === null) return stop('open')
    const [line, content = ''] = found
    const bytes = Number(`0x${digitsOf(content)}`)
    excess = Math.max(0, excess + line.length + 2 - 16 - 2 * bytes)
    extensions += content.length - digitsOf(content).length
    if (excess > maxOverhead || extensions > maxExtensions) return stop('CHUNK_OVERHEAD')
    at += line.length
    if (bytes === 0) return readTrailers(coded, at, data)
    data += coded.slice(at, at + bytes)
    at += bytes
    const after = coded.slice(at, at + 2)
    if (!'\r\n'.startsWith(after)) return stop('CHUNK_INVALID')
    if (after.length < 2) return stop('open')
    at += 2
  }
}

const readTrailers = (coded: string, from: number, data: string): Read => {
  const section = /^(?:[^\r\n][^\n]*(?<=\r)\n)*\r\n/.exec(coded.slice(from))?.[0]
  const fault = firstFault(section ?? coded.slice(from), faultOfTrailers)
  if (fault !== undefined) return { end: fault, data, trailers: [], at: from }
  if (section === undefined) return { end: 'open', data, trailers: [], at: from }
  const trailers = section
    .split('\r\n')
    .filter((line) => line !== '' && !dropped.test(line))
    .map((line): readonly [string, string] => {
      const colon = line.indexOf(':')
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
      return [line.slice(0, colon).toLowerCase(), value]
    })
  return { end: 'done', data, trailers, at: from + section.length }
}

export const referenceChunked = (coded: string): Decoded => {
  const { end, data, trailers, at } = read(coded)
  return { data, trailers, rest: end === 'done' ? coded.slice(at) : '', end }
}
