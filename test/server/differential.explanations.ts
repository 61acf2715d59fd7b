import { METHODS } from 'node:http'
import { isHost } from '../support/parsing/reference-requests.ts'
import { referenceTarget } from '../support/parsing/reference-target.ts'
import { get } from '../support/server/serving.ts'
import type { Difference } from '../support/server/differences.ts'
import type { SeenRequest } from '../support/server/node-duel.ts'

export interface Explanation {
  readonly what: string
  /** Of RFC 9112, where no other is named. */
  readonly section: string
  /** Bytes of which this is the first difference. */
  readonly example: string
  readonly explains: (difference: Difference) => boolean
}

/** The request line and field lines that the difference begins with, as far as they came. */
const linesOf = (rest: string): readonly string[] =>
  rest
    .replace(/^(?:\r\n)+/, '')
    .split('\r\n\r\n', 1)[0]
    ?.split('\r\n') ?? []

const lineOf = (rest: string) =>
  /^([^ ]+) ([^ ]+) (HTTP\/\d\.\d)$/.exec(linesOf(rest)[0] ?? '') ?? []

/** Raw values of a field of the differing request, with what stands around them. */
const rawValues = (rest: string, name: string): readonly string[] =>
  linesOf(rest)
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1))

const bare = (value: string) => value.replace(/^[ \t]+|[ \t]+$/g, '')

const switches = (fields: readonly (readonly [string, string])[] = []) =>
  fields.some(([name]) => name === 'upgrade') &&
  fields.some(
    ([name, value]) => name === 'connection' && /(^|,)[ \t]*upgrade[ \t]*(,|$)/i.test(value),
  )

/** The options of Connection, in lower case. */
const optionsOf = (request: SeenRequest | undefined) =>
  (request?.fields ?? [])
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(','))
    .map((option) => bare(option).toLowerCase())

const hasTab = (value: string) => /^[ \t]*\t|\t[ \t]*$/.test(value)

export const explanations: readonly Explanation[] = [
  {
    what: 'Node knows a list of methods; here a handler decides',
    section: 'RFC 9110 9.1',
    example: get('/').replace('GET', 'BREW'),
    explains: ({ rest, theirCode, theirs }) => {
      const method = /^(?:\r\n)*([^ \r\n]*)/.exec(rest)?.[1] ?? ''
      return theirCode === 'HPE_INVALID_METHOD' && theirs === undefined && !METHODS.includes(method)
    },
  },
  {
    what: 'Node refuses what comes behind a request with close; here it is not looked at',
    section: '9.6',
    example: get('/', 'connection: close') + get('/'),
    explains: ({ theirCode, ours, theirs, code }) =>
      theirCode === 'HPE_CLOSED_CONNECTION' &&
      ours === undefined &&
      theirs === undefined &&
      code === undefined,
  },
  {
    what: 'Node closes at CONNECT where nobody listens for it; here it is answered with 501',
    section: 'RFC 9110 9.3.6',
    example: 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n',
    explains: ({ rest, theirs }) => lineOf(rest)[1] === 'CONNECT' && theirs === undefined,
  },
  {
    what: 'Node takes any target; here one that is of no form is refused',
    section: '3.2',
    example: get('/a#b'),
    explains: ({ rest, code, ours }) => {
      const [, method = '', target = ''] = lineOf(rest)
      const refused = referenceTarget(method, target, isHost) === 'refused'
      return code === 'REQUEST_LINE_INVALID' && ours === undefined && refused
    },
  },
  {
    what: 'Node asks that there be a Host; here it has to be one, and valid',
    section: '3.2',
    example: get('/').replace('host: a', 'host: a/b'),
    explains: ({ rest, code }) => {
      const hosts = rawValues(rest, 'host').map(bare)
      return code === 'HOST_INVALID' && (hosts.length > 1 || hosts.some((host) => !isHost(host)))
    },
  },
  {
    what: 'Node refuses a request without Host and goes on with the next; nothing is parsed here after a refusal',
    section: '3.2 and 9.6',
    example: `GET / HTTP/1.1\r\n\r\n${get('/')}`,
    explains: ({ rest, code, ours }) =>
      code === 'HOST_INVALID' && ours === undefined && rawValues(rest, 'host').length === 0,
  },
  {
    what: 'Node takes a request line that ends behind its target for HTTP/0.9',
    section: '2.3',
    example: 'GET http://a\nb:1/ HTTP/1.0\r\n\r\n',
    explains: ({ rest, code = '', ours }) =>
      ['REQUEST_LINE_INVALID', 'FIELD_INVALID'].includes(code) &&
      ours === undefined &&
      /^(?:\r\n)*[^ \r\n]+ [^ \r\n]*\r?\n/.test(rest),
  },
  {
    what: 'Node drops what comes behind an Upgrade that it does not take; here it is the next request',
    section: 'RFC 9110 7.8',
    example: get('/', 'connection: upgrade', 'upgrade: x') + get('/'),
    explains: ({ ours, theirs, theirCode, outcomes }) => {
      const before = outcomes.theirs.requests.at(-1)
      const waiting = ours !== undefined || outcomes.ours.code !== undefined
      return theirs === undefined && waiting && theirCode === undefined && switches(before?.fields)
    },
  },
  {
    what: 'Node takes no HTAB around a length or a coding, and reads no content where it stands behind one',
    section: 'RFC 9110 5.6.3',
    example: `${get('/', 'content-length: 2\t')}hi`,
    explains: ({ rest, theirCode = 'none', ours, theirs }) => {
      const codes = ['HPE_INVALID_CONTENT_LENGTH', 'HPE_INVALID_TRANSFER_ENCODING', 'none']
      const values = [...rawValues(rest, 'content-length'), ...rawValues(rest, 'transfer-encoding')]
      const missing = theirs?.whole !== true || theirs.content === ''
      const read = ours !== undefined || theirs === undefined
      return values.some(hasTab) && codes.includes(theirCode) && read && missing
    },
  },
  {
    what: 'Node takes no blanks around the parts of a chunk extension, and not every quoted string',
    section: '7.1.1',
    example: `${get('/', 'transfer-encoding: chunked')}2 ;a\r\nhi\r\n0\r\n\r\n`,
    explains: ({ rest, ours, theirs, theirCode }) => {
      // Of an Upgrade that it does not take Node tells no error.
      const told = theirCode === 'HPE_INVALID_CHUNK_SIZE' || theirCode === 'HPE_STRICT'
      const untold = theirCode === undefined && switches(ours?.fields)
      return (
        (told || untold) &&
        theirs?.whole !== true &&
        (ours?.content ?? '').startsWith(theirs?.content ?? '') &&
        /\n[0-9a-fA-F]+(?:[ \t]|;[ \t]|;[^\r\n]*[ \t="])/.test(rest)
      )
    },
  },
  {
    what: 'Node takes a chunk extension without a name',
    section: '7.1.1',
    example: `${get('/', 'transfer-encoding: chunked')}2;a;=b\r\nhi\r\n0\r\n\r\n`,
    explains: ({ rest, code, ours, theirs }) =>
      code === 'CHUNK_INVALID' &&
      (theirs?.content ?? '').startsWith(ours?.content ?? '') &&
      /\n[0-9a-fA-F]+[^\r\n]*;=/.test(rest),
  },
  {
    what: 'Node skips any CR and LF before a request; here two empty lines, and nothing else',
    section: '2.2',
    example: `\r\n\r\n\r\n${get('/')}`,
    explains: ({ rest, code = '', ours }) =>
      ['REQUEST_LINE_INVALID', 'FIELD_INVALID'].includes(code) &&
      ours === undefined &&
      /^[\r\n]/.test(rest) &&
      !/^(?:\r\n){0,2}[^\r\n]/.test(rest),
  },
  {
    what: 'Node takes some codings that are not chunked alone, or begins with the request before it sees it',
    section: '6.1',
    example: get('/', 'transfer-encoding: identity'),
    explains: ({ rest, code = '', ours }) => {
      const codings = rawValues(rest, 'transfer-encoding').map(bare)
      const one = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked'
      const old = lineOf(rest)[3] === 'HTTP/1.0'
      const found = codings.length > 0 && (!one || old)
      return ['FRAMING_INVALID', 'CODING_UNKNOWN'].includes(code) && ours === undefined && found
    },
  },
  {
    what: 'Node gives trailers of any name; here those of framing and routing are refused, others dropped',
    section: '6.5.1 of RFC 9110',
    example: `${get('/', 'transfer-encoding: chunked')}0\r\nhost: b\r\n\r\n`,
    explains: ({ code, ours, theirs, parts }) => {
      const refused = code === 'TRAILERS_INVALID' && /^(host|content-length|transfer-encoding)$/
      const dropped =
        ours?.whole === true && parts.join() === 'trailers' && /^(connection|expect|upgrade|te)$/
      const names = refused || dropped
      return names !== false && (theirs?.trailers ?? []).some(([name]) => names.test(name))
    },
  },
  {
    what: 'Node takes a length that a number does not hold',
    section: '6.3',
    example: get('/', 'content-length: 9007199254740993'),
    explains: ({ rest, code, ours }) => {
      const [digits = '', ...others] = rawValues(rest, 'content-length').map(bare)
      const tooLarge = /^\d+$/.test(digits) && BigInt(digits) > BigInt(Number.MAX_SAFE_INTEGER)
      return code === 'FRAMING_INVALID' && ours === undefined && others.length === 0 && tooLarge
    },
  },
  {
    what: 'Node finds 100-continue anywhere in an expectation; here it has to be every member of the list',
    section: 'RFC 9110 10.1.1',
    example: `${get('/', 'expect: "100-continue"', 'content-length: 2')}hi`,
    explains: ({ rest, code, ours }) =>
      code === 'EXPECTATION_FAILED' &&
      ours === undefined &&
      rawValues(rest, 'expect')
        .flatMap((value) => value.split(','))
        .map((member) => bare(member).toLowerCase())
        .some((member) => member !== '' && member !== '100-continue'),
  },
  {
    what: 'Node refuses an Expect without members; here an empty list expects nothing',
    section: 'RFC 9110 5.6.1.2',
    example: get('/', 'expect:'),
    explains: ({ rest, outcomes }) => {
      const members = rawValues(rest, 'expect').flatMap((value) => value.split(','))
      return (
        outcomes.theirs.statuses.includes(417) &&
        members.length > 0 &&
        members.every((member) => bare(member) === '')
      )
    },
  },
  {
    what: 'Node knows no HTTP/1.2 and above; here they are read as 1.1',
    section: 'RFC 9110 2.5',
    example: get('/').replace('HTTP/1.1', 'HTTP/1.2'),
    explains: ({ rest, theirCode, theirs }) =>
      theirCode === 'HPE_INVALID_VERSION' &&
      theirs === undefined &&
      /^HTTP\/1\.[2-9]$/.test(lineOf(rest)[3] ?? ''),
  },
  {
    what: 'close closes here wherever it stands in Connection; Node overlooks it beside keep-alive or HTAB',
    section: '9.6',
    example: `GET / HTTP/1.0\r\nconnection: keep-alive, close\r\n\r\n${get('/')}`,
    explains: ({ before, ours, code }) =>
      optionsOf(before).includes('close') && ours === undefined && code === undefined,
  },
  {
    what: 'Node overlooks keep-alive in HTTP/1.0 where HTAB stands behind it',
    section: 'RFC 9110 5.6.3',
    example: `GET / HTTP/1.0\r\nconnection: keep-alive\t\r\n\r\n${get('/')}`,
    explains: ({ before, sentBefore, theirs, theirCode }) => {
      const options = optionsOf(before)
      const stays = options.includes('keep-alive') && !options.includes('close')
      const tabbed = /\r\nconnection:[^\r]*\t[ \t]*(?:,|\r\n)/i.test(sentBefore)
      const closed = theirs === undefined && theirCode === 'HPE_CLOSED_CONNECTION'
      return before?.version === '1.0' && stays && tabbed && closed
    },
  },
  {
    what: 'Node refuses some heads before they are whole that are refused here at their end',
    section: '5',
    example: 'GET /a\tb',
    explains: ({ rest, ours, theirs, code, theirCode }) =>
      !rest.includes('\r\n\r\n', 4) &&
      ours === undefined &&
      theirs === undefined &&
      code === undefined &&
      theirCode !== undefined,
  },
]
