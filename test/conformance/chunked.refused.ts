/** A body in the chunked coding that is refused, at the first byte of `bad` and not before. */
export interface BadCase {
  readonly name: string
  readonly section: string
  readonly before: string
  readonly bad: string
  readonly data?: string
  readonly code: string
}

const end = '0\r\n\r\n'

const sizeLine = (name: string, before: string, bad: string, section = '7.1'): BadCase => ({
  name,
  section,
  before,
  bad: `${bad}\r\nhi\r\n${end}`,
  code: 'CHUNK_INVALID',
})
const extension = (name: string, before: string, bad: string) =>
  sizeLine(name, before, bad, '7.1.1')
const afterData = (name: string, before: string, bad: string): BadCase => ({
  name,
  section: '7.1',
  before: `2\r\nhi${before}`,
  bad: `${bad}${end}`,
  data: 'hi',
  code: 'CHUNK_INVALID',
})
const trailer = (name: string, before: string, bad: string, section = '5'): BadCase => ({
  name,
  section,
  before: `2\r\nhi\r\n0\r\n${before}`,
  bad: `${bad}\r\n\r\n`,
  data: 'hi',
  code: 'TRAILERS_INVALID',
})
const refusedTrailer = (name: string): BadCase =>
  trailer(`the trailer field ${name}`, name, ': x', 'RFC 9110 6.5.1')

const sizes: readonly BadCase[] = [
  sizeLine('no size', '', ''),
  sizeLine('an extension without a size', '', ';a'),
  sizeLine('a space before the size', '', ' 2'),
  sizeLine('a no-break space before the size', '', '\xa02'),
  sizeLine('a tab before the size', '', '\t2'),
  sizeLine('a plus sign', '', '+2'),
  sizeLine('a minus sign', '', '-2'),
  sizeLine('minus nought', '', '-0'),
  sizeLine('a prefix of hexadecimal', '0', 'x2'),
  sizeLine('33 digits', '0'.repeat(32), '2'),
  sizeLine('an underscore between digits', '0', '_2'),
  sizeLine('a decimal point', '2', '.0'),
  sizeLine('an exponent', '2e', '+0'),
  sizeLine('a letter after f', '', 'g'),
  sizeLine('the character before 0', '1', '/'),
  sizeLine('the character after 9', '1', ':'),
  sizeLine('the character before A', '1', '@'),
  sizeLine('the character after F', '1', 'G'),
  sizeLine('the character before a', '1', '`'),
  sizeLine('a digit of another script', '', '\xd9\xa2'),
  sizeLine('a superscript two', '', '\xb2'),
  sizeLine('a quoted size', '', '"2"'),
  sizeLine('a comma', '2', ','),
  sizeLine('a space at the end of the line', '2 ', ''),
  sizeLine('a second number after a space', '2 ', '2'),
  sizeLine('NUL after the size', '2', '\x00'),
  sizeLine('a vertical tab after the size', '2', '\v'),
  sizeLine('a no-break space after the size', '2', '\xa0'),
  sizeLine('bare LF after the size', '2', '\nhi'),
  sizeLine('bare CR after the size', '2\r', 'hi'),
  sizeLine('CR CR LF after the size', '2\r', ''),
  sizeLine('bare LF after the last chunk', '0', '\n'),
  sizeLine('CR CR LF after the last chunk', '0\r', ''),
  sizeLine('a size of 2^53', '2000000000000', '0'),
  sizeLine('a size of 2^64', '10000000000000', '000'),
  sizeLine('a size of 2^64 - 1', 'fffffffffffff', 'fff'),
  sizeLine('a size that is 2 in 64 bits', '10000000000000', '002'),
  sizeLine('an empty line after the data', '2\r\nhi\r\n', '\r\n'),
].map((row) => (row.before.includes('hi') ? { ...row, data: 'hi' } : row))

const extensions: readonly BadCase[] = [
  extension('no name after ";"', '2;', ''),
  extension('";" twice', '2;a;', ';b'),
  extension('"=" without a name', '2;', '=b'),
  extension('"=" without a value', '2;a=', ''),
  extension('"=" twice', '2;a=b', '=c'),
  extension('a space at the end of the name', '2;a ', ''),
  extension('a space at the end of the value', '2;a=b ', ''),
  extension('a second word after the name', '2;a ', 'b'),
  extension('a second word after the value', '2;a=b ', 'c'),
  extension('a comma', '2;a', ',b'),
  extension('a slash', '2;a=', '/'),
  extension('Latin-1 outside quotes', '2;a=', '\xe9'),
  extension('a control character in a value', '2;a=b', '\x01'),
  extension('bare LF after ";"', '2;', '\nhi'),
  extension('bare LF after a name', '2;a', '\nhi'),
  extension('bare LF after a value', '2;a=b', '\nhi'),
  extension('bare CR after ";"', '2;', '\rhi'),
  extension('bare CR after a name', '2;a\r', 'hi'),
  extension('bare CR after a value', '2;a=b\r', 'hi'),
  extension('CR CR LF after a value', '2;a=b\r', ''),
  extension('CR LF in quotes', '2;a="b', '\r\nc"'),
  extension('bare LF in quotes', '2;a="b', '\nc"'),
  extension('CR LF after a backslash', '2;a="b\\', '\r\nc"'),
  extension('bare LF after a backslash', '2;a="b\\', '\nc"'),
  extension('NUL in quotes', '2;a="', '\x00"'),
  extension('DEL in quotes', '2;a="', '\x7f"'),
  extension('quotes that do not end', '2;a="b', ''),
  extension('a word after quotes', '2;a="b"', 'c'),
  extension('quotes for a name', '2;', '"a"'),
]

const dataEnds: readonly BadCase[] = [
  afterData('one byte too many', '', 'x\r\n'),
  afterData('bare LF after the data', '', '\n'),
  afterData('bare CR after the data', '\r', ''),
  afterData('CR CR LF after the data', '\r', '\r\n'),
  afterData('LF CR after the data', '', '\n\r'),
  afterData('a space after the data', '', ' \r\n'),
  afterData('two other bytes after the data', '', 'xx'),
  afterData('nothing after the data', '', ''),
]

const trailers: readonly BadCase[] = [
  trailer('bare LF as the empty line', '', '\n', '7.1.2'),
  trailer('CR without LF as the empty line', '\r', '\r', '7.1.2'),
  trailer('a space in the empty line', '', ' ', '7.1.2'),
  trailer('NUL for a line', '', '\x00'),
  trailer('no name', '', ': b'),
  trailer('no colon', 'A', ''),
  trailer('no colon in the second line', 'A: b\r\nC', ''),
  trailer('a request line', 'GET', ' / HTTP/1.1'),
  trailer('a space before the colon', 'A', ' : b', '5.1'),
  trailer('a tab before the colon', 'A', '\t: b', '5.1'),
  trailer('a name that is no token', 'A', '(: b'),
  trailer('Latin-1 in a name', 'A', '\xe9: b'),
  trailer('a space before the first name', '', ' A: b', '2.2'),
  trailer('a folded line', 'A: b\r\n', ' c', '5.2'),
  trailer('a line folded with a tab', 'A: b\r\n', '\tc', '5.2'),
  trailer('NUL in a value', 'A: b', '\x00c', 'RFC 9110 5.5'),
  trailer('a control character in a value', 'A: b', '\x01', 'RFC 9110 5.5'),
  trailer('DEL in a value', 'A: b', '\x7f', 'RFC 9110 5.5'),
  trailer('bare LF after a value', 'A: b', '\nC: d', '2.2'),
  trailer('bare CR in a value', 'A: b\r', 'C: d', '2.2'),
  trailer('CR CR LF after a value', 'A: b\r', '', '2.2'),
]

const refusedTrailers: readonly BadCase[] = ['Transfer-Encoding', 'CONTENT-LENGTH', 'host'].map(
  refusedTrailer,
)

export const badCases: readonly BadCase[] = [
  ...sizes,
  ...extensions,
  ...dataEnds,
  ...trailers,
  ...refusedTrailers,
]
