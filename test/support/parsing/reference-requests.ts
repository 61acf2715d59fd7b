import { isIPv6 } from 'node:net'
import { referenceChunked } from './reference-chunked.ts'
import { referenceTarget } from './reference-target.ts'
import type { Fed, ReadRequest } from './feed-parser.ts'

/**
 * Requests as slowly and plainly as can be, to compare the parser with: regular expressions over the whole text, of what
 * RFC 9112 lets through and this server takes. Knows no bounds but that of empty lines.
 */

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const value = '[\\t\\x20-\\x7e\\x80-\\xff]*'
const fieldLine = new RegExp(`^(${token}):(${value})\\r\\n$`)
const requestLine = new RegExp(`^(${token}) ([^ ]+) HTTP/(1\\.\\d)\\r\\n$`, 's')

/** Whatever a text may begin with that goes on as these parts, one after another. */
const beginning = (parts: readonly string[]) =>
  new RegExp(`^${parts.reduceRight((rest, part) => `(?:${part}${rest})?`, '')}$`, 's')

const partOfRequestLine = beginning([token, ' ', '[^ \\n]+', ' ', ...'HTTP/1', '\\.', '\\d', '\\r'])
const partOfFieldLine = beginning([token, ':', value, '\\r'])

type Field = readonly [string, string]

const bare = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')
const listed = (values: readonly string[]) =>
  values.flatMap((each) => each.split(',')).map((each) => bare(each).toLowerCase())

/** A head that is whole, or why there is none: it may come yet, or never. */
type Head =
  | { readonly kind: 'head'; readonly request: ReadRequest; readonly length: number }
  | { readonly kind: 'idle' | 'head begun' | 'refused' | 'refused in time' }

const readHead = (text: string): Head => {
  const empties = /^(?:\r\n)*/.exec(text)?.[0] ?? ''
  if (empties.length > 4) return { kind: 'refused' }
  if (/^(?:\r\n)*\r?$/.test(text)) return { kind: 'idle' }
  const lines: readonly string[] = text.slice(empties.length).match(/[^\n]*\n|[^\n]+$/g) ?? []
  const last = lines.indexOf('\r\n')
  const [first = '', ...rest] = last < 0 ? lines : lines.slice(0, last)
  if (last < 0) return unfinished(first, rest)
  const [, method, target, written] = requestLine.exec(first) ?? []
  // RFC 9110 2.5.
  const version = written === undefined || written === '1.0' ? written : '1.1'
  const fields = rest.map(fieldOf)
  if (method === undefined || target === undefined || version === undefined)
    return { kind: 'refused' }
  if (!fields.every((field) => field !== undefined)) return { kind: 'refused' }
  const request = requestOf(method, target, version, fields)
  const length = empties.length + lines.slice(0, last + 1).join('').length
  return request === undefined ? { kind: 'refused' } : { kind: 'head', request, length }
}

/** What can never become a request may be refused now, or when its line or its head is whole. */
const unfinished = (first: string, rest: readonly string[]): Head => {
  const lines = [first, ...rest]
  const broken = lines.some((line, i) => {
    const [whole, part] = i === 0 ? [requestLine, partOfRequestLine] : [fieldLine, partOfFieldLine]
    return !whole.test(line) && (line.endsWith('\n') || !part.test(line))
  })
  if (!broken) return { kind: 'head begun' }
  const wholeAndBroken = lines.some(
    (line, i) => line.endsWith('\n') && !(i === 0 ? requestLine : fieldLine).test(line),
  )
  return { kind: wholeAndBroken ? 'refused' : 'refused in time' }
}

const fieldOf = (line: string): Field | undefined => {
  const [, name, text] = fieldLine.exec(line) ?? []
  return name === undefined || text === undefined ? undefined : [name.toLowerCase(), bare(text)]
}

const requestOf = (
  method: string,
  target: string,
  version: string,
  given: readonly Field[],
): ReadRequest | undefined => {
  const all = (name: string) => given.filter(([each]) => each === name).map(([, text]) => text)
  const named = referenceTarget(method, target, isHost)
  if (named === 'refused') return undefined
  const hosts = all('host')
  if (hosts.length > 1 || (hosts.length === 0 && version === '1.1')) return undefined
  if (!hosts.every((host) => host === '' || isHost(host))) return undefined
  const framing = framingOf(version, all('transfer-encoding'), all('content-length'))
  if (framing === undefined) return undefined
  const options = listed(all('connection'))
  const expects = version === '1.1' ? listed(all('expect')).filter((member) => member !== '') : []
  if (!expects.every((member) => member === '100-continue')) return undefined
  const waits = expects.length > 0
  const upgrades = all('upgrade')
  const switches = version === '1.1' && upgrades.length > 0 && options.includes('upgrade')
  return {
    method,
    target,
    version,
    fields: given.map(([name, text]) => [name, name === 'host' ? (named ?? text) : text]),
    framing,
    keepAlive: !options.includes('close') && (version === '1.1' || options.includes('keep-alive')),
    expectsContinue: waits && framing !== 'none' && !/^0*$/.test(all('content-length')[0] ?? 'x'),
    upgrade: switches ? upgrades.join(', ') : undefined,
    data: '',
    trailers: [],
    whole: false,
  }
}

/** A Host that is not empty: RFC 9110 7.2, of RFC 3986 3.2.2 only what the DNS and addresses have. */
export const isHost = (text: string): boolean => {
  const [, name = '', address, port = ''] =
    /^([-._~0-9A-Za-z]*|\[([0-9A-Fa-f:.]+)\])(?::(\d*))?$/.exec(text) ?? []
  if (name === '' || Number(port) > 65_535) return false
  return address === undefined ? !/^\.|\.\./.test(name) : isIPv6(address)
}

/** RFC 9112 6.3, where nothing is repaired. */
const framingOf = (version: string, codings: readonly string[], lengths: readonly string[]) => {
  if (codings.length === 0 && lengths.length === 0) return 'none'
  if (codings.length === 0) {
    const [digits = ''] = lengths
    const fits = /^\d{1,16}$/.test(digits) && BigInt(digits) < 2n ** 53n
    return lengths.length === 1 && fits ? 'length' : undefined
  }
  const chunked = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked'
  return version === '1.1' && lengths.length === 0 && chunked ? 'chunked' : undefined
}

const withContent = (
  request: ReadRequest,
  rest: string,
): { request: ReadRequest; end: string; rest: string } => {
  if (request.framing !== 'chunked') {
    const digits = request.fields.find(([name]) => name === 'content-length')?.[1] ?? '0'
    const data = rest.slice(0, Number(digits))
    const whole = data.length === Number(digits)
    const read = { ...request, data, whole }
    return { request: read, end: whole ? 'idle' : 'content', rest: rest.slice(data.length) }
  }
  const { data, trailers, rest: after, end } = referenceChunked(rest)
  const read = { ...request, data, trailers, whole: end === 'done' }
  return {
    request: read,
    end: end === 'done' ? 'idle' : end === 'open' ? 'content' : 'refused',
    rest: after,
  }
}

/** What is to be read of a text in Latin-1; `refused in time` where it may be refused already, or later. */
export const referenceRequests = (text: string): Fed => {
  const requests: ReadRequest[] = []
  for (let rest = text; ; ) {
    const head = readHead(rest)
    if (head.kind === 'head begun') return { requests, end: 'head' }
    if (head.kind !== 'head') return { requests, end: head.kind }
    const read = withContent(head.request, rest.slice(head.length))
    requests.push(read.request)
    if (read.end !== 'idle') return { requests, end: read.end }
    rest = read.rest
  }
}
