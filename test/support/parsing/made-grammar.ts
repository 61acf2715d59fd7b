import fc from 'fast-check'

/** Made-up pieces of messages, from the grammar of RFC 9110 and RFC 9112. Text is Latin-1. */

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i))

const alphaDigit = [...range(48, 57), ...range(65, 90), ...range(97, 122)]
const tokenCharacters = [..."!#$%&'*+-.^_`|~", ...alphaDigit]
const valueCharacters = ['\t', ...range(32, 126), ...range(128, 255)]
const quotedCharacters = valueCharacters.filter((each) => each !== '"' && each !== '\\')
const pathCharacters = [..."-._~!$&'()*+,;=:@%/", ...alphaDigit]
const queryCharacters = [...pathCharacters, ...'?{}|^`[]\\']

const textOf = (characters: readonly string[], minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

/** RFC 9110 5.6.2. */
export const token: fc.Arbitrary<string> = textOf(tokenCharacters, 1, 12)

/** RFC 9110 5.6.3: OWS and BWS. */
export const blank: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', ' ') },
  { weight: 1, arbitrary: textOf([' ', '\t'], 0, 4) },
)

/** A text of which each letter stands in either case. */
export const inAnyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((each, i) => (upper[i] ? each.toUpperCase() : each)).join(''))

/** A field name that means nothing to a server. */
export const otherName: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: token.map((rest) => `x${rest}`) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'X', 'x-Content-Length') },
)

/** RFC 9110 5.5: any value, also one with blanks around it. */
export const anyValue: fc.Arbitrary<string> = textOf(valueCharacters, 0, 24)

/** A value without the SP and HTAB around it. */
export const bare = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')

/** Any bytes at all. */
export const anyBytes = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  textOf(range(0, 255), minLength, maxLength)

const query = fc.option(textOf(queryCharacters, 0, 12), { nil: undefined })
const pathAndQuery = fc
  .tuple(textOf(pathCharacters, 0, 16), query)
  .map(([path, after]) => `/${path}${after === undefined ? '' : `?${after}`}`)

export const authority: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      'a',
      'www.example.org',
      '127.0.0.1',
      '[::1]',
      '[2001:DB8::192.0.2.1]',
      'A-b_c~',
    ),
    fc.constantFrom('', ':', ':80', ':65535', ':000443'),
  )
  .map((parts) => parts.join(''))

/** A method with a target that goes with it (RFC 9112 3.2), and the authority that it names. */
export interface MadeTarget {
  readonly method: string
  readonly target: string
  readonly authority: string | undefined
}

const method = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'get'),
  token.filter((each) => each !== 'CONNECT'),
)

export const madeTarget: fc.Arbitrary<MadeTarget> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ method, target: pathAndQuery, authority: fc.constant(undefined) }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(method, fc.constantFrom('http://', 'HTTPS://'), authority, fc.option(pathAndQuery))
      .map(([name, scheme, host, path]) => ({
        method: name,
        target: `${scheme}${host}${path ?? ''}`,
        authority: host,
      })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { method: 'OPTIONS', target: '*', authority: undefined },
      { method: 'CONNECT', target: 'a.example:443', authority: undefined },
    ),
  },
)

const extension = fc
  .tuple(blank, blank, token, fc.option(fc.tuple(blank, blank, fc.oneof(token, quoted()))))
  .map(([before, after, name, value]) => {
    const start = `${before};${after}${name}`
    return value === null ? start : `${start}${value[0]}=${value[1]}${value[2]}`
  })

function quoted(): fc.Arbitrary<string> {
  const escaped = fc.constantFrom(...valueCharacters).map((each) => `\\${each}`)
  const unit = fc.oneof(fc.constantFrom(...quotedCharacters), escaped)
  return fc.array(unit, { maxLength: 6 }).map((parts) => `"${parts.join('')}"`)
}

/** A chunk-size line without its line end (RFC 9112 7.1 and 7.1.1). */
export const sizeLine = (bytes: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(4), inAnyCase(bytes.toString(16)), fc.array(extension, { maxLength: 2 }))
    .map(([zeros, digits, extensions]) => '0'.repeat(zeros) + digits + extensions.join(''))
