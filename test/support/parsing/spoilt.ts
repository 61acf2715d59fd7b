import fc from 'fast-check'

/** A change of a text at a place. */
type Change = (text: string, at: number) => string

const put =
  (what: string): Change =>
  (text, at) =>
    text.slice(0, at) + what + text.slice(at)
const putInPlace =
  (what: string): Change =>
  (text, at) =>
    text.slice(0, at) + what + text.slice(at + 1)

/** The line that the place is in, and where it begins. */
const lineAt = (text: string, at: number) => {
  const start = text.lastIndexOf('\n', at - 1) + 1
  const feed = text.indexOf('\n', at)
  return { start, line: text.slice(start, feed < 0 ? text.length : feed + 1) }
}

const repeatLine: Change = (text, at) => put(lineAt(text, at).line)(text, lineAt(text, at).start)
const dropLine: Change = (text, at) => {
  const { start, line } = lineAt(text, at)
  return text.slice(0, start) + text.slice(start + line.length)
}
const flipBit =
  (bit: number): Change =>
  (text, at) =>
    at < text.length
      ? putInPlace(String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)))(text, at)
      : text
const flipCase: Change = (text, at) => {
  const [letter] = /^[A-Za-z]/.exec(text.slice(at)) ?? []
  return letter === undefined ? text : flipBit(5)(text, at)
}
const cutOff: Change = (text, at) => text.slice(0, at)
const repeat =
  (count: number): Change =>
  (text, at) =>
    put(text.slice(at, at + count))(text, at)
const drop =
  (count: number): Change =>
  (text, at) =>
    text.slice(0, at) + text.slice(at + count)

/** What has been used to have a message read in two ways. */
const words = [
  'content-length: 3\r\n',
  'Content-Length: 0\r\n',
  'transfer-encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Host: b\r\n',
  'connection: close\r\n',
  'expect: 100-continue\r\n',
  'chunked',
  ', chunked',
  'GET / HTTP/1.1\r\n',
  ' HTTP/1.0',
  ' HTTP/1.10',
  '0\r\n\r\n',
  '\r\n\r\n',
  '\r\n ',
  'x:y',
  '0x',
  '+1',
]

const characters = ['\r', '\n', '\0', ' ', '\t', '\r\n', ':', ';', '"', '\x7f', '\x85', '\xa0', '0']

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...characters).map(put) },
  { weight: 3, arbitrary: fc.constantFrom(...characters).map(putInPlace) },
  { weight: 2, arbitrary: fc.constantFrom(...words).map(put) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 }).map(drop) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 }).map(repeat) },
  { weight: 2, arbitrary: fc.nat(7).map(flipBit) },
  { weight: 4, arbitrary: fc.constantFrom(repeatLine, dropLine, flipCase, cutOff) },
)

/** A text that was right and has been changed in up to three places. Characters are bytes, as in Latin-1. */
export const spoilt = (right: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      right,
      fc.array(fc.tuple(change, fc.nat({ max: 0xffff })), { minLength: 1, maxLength: 3 }),
    )
    .map(([text, changes]) =>
      changes.reduce((changed, [apply, at]) => apply(changed, at % (changed.length + 1)), text),
    )
