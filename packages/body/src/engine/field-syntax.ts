import { keepName, knownName } from './field-names.ts'

/** 1 for each byte of a token (RFC 9110 5.6.2: tchar). */
export const tokenTable: Uint8Array = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  tokenTable[character.charCodeAt(0)] = 1

/** 1 for each byte of a field value, and of a quoted string (RFC 9110 5.5: VCHAR, obs-text, SP and HTAB). */
export const fieldValueTable: Uint8Array = new Uint8Array(256).map((_, code) =>
  code === 9 || (code >= 32 && code !== 127) ? 1 : 0,
)

/**
 * Checks a field name and returns it in lower case.
 *
 * @throws {TypeError} At the call, when it is not a token, or not a string.
 */
export const fieldName = (name: string): string => {
  if (typeof name !== 'string') throw invalidName(`of the type ${typeof name}`)
  const known = knownName(name)
  if (known !== undefined) return known
  if (!isToken(name)) throw invalidName(JSON.stringify(name))
  return keepName(name)
}

const invalidName = (found: string) =>
  new TypeError(`Cannot make a field: its name is ${found}, wanted a token`)

/** Joins several lines of one name. Cookie is not a comma list (RFC 6265 4.2.1, RFC 9113 8.2.3). */
export const separatorOf = (key: string): string => (key === 'cookie' ? '; ' : ', ')

/** Whether a text is a token (RFC 9110 5.6.2). */
export const isToken = (text: string): boolean => text.length > 0 && allIn(tokenTable, text)

/** Whether a text may stand in a field value as it is: no control character but HTAB, nothing above U+00FF. */
export const isFieldValue = (text: string): boolean => allIn(fieldValueTable, text)

/**
 * Checks a field value and returns it without the spaces and tabs around it.
 *
 * @throws {TypeError} At the call, when a control character or one above U+00FF is in it.
 */
export const fieldValue = (value: string, name = ''): string => {
  if (typeof value !== 'string') throw invalidValue(name, typeOf(value))
  if (!isFieldValue(value)) throw invalidValue(name, JSON.stringify(value))
  return withoutBlanks(value)
}

const typeOf = (value: unknown) => `of the type ${value === null ? 'null' : typeof value}`

const invalidValue = (name: string, found: string) =>
  new TypeError(
    `Cannot make a field: ${name === '' ? '' : `for ${name} `}its value is ${found}, wanted a string without control characters and without any above U+00FF`,
  )

/** A part of a text, or all of it, without the SP and HTAB around it; `trim` takes more. */
export const withoutBlanks = (text: string, start = 0, end: number = text.length): string => {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

/** SP and HTAB, of which OWS and BWS are made (RFC 9110 5.6.3). */
export const isBlank = (code: number | undefined): boolean => code === 32 || code === 9

/** The members of a comma list in lower case, without empty ones (RFC 9110 5.6.1.2). */
export const listMembers = (list: string): readonly string[] =>
  list
    .split(',')
    .map((member) => withoutBlanks(member).toLowerCase())
    .filter((member) => member !== '')

/** The index from `start` on of the first byte that is not in a table, or `end`. */
export const skipBytes = (
  table: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): number => {
  let at = start
  while (at < end && table[bytes[at] ?? 0] === 1) at++
  return at
}

const allIn = (table: Uint8Array, text: string) => {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false
  return true
}
