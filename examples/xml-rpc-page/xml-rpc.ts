// The messages of XML-RPC as text (http://xmlrpc.com/spec.md).
import { BodyError } from '@sluice/body'
import { XMLParser } from 'fast-xml-parser'

export type Value =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value }

/** The other server understood the call, and refuses it. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface MethodCall {
  readonly method: string
  readonly params: readonly Value[]
}

export const writeCall = ({ method, params }: MethodCall): string =>
  `<?xml version="1.0"?>\n<methodCall><methodName>${escapeXml(method)}</methodName>${paramsXml(params)}</methodCall>\n`

export const writeResponse = (value: Value): string =>
  `<?xml version="1.0"?>\n<methodResponse>${paramsXml([value])}</methodResponse>\n`

export const writeFault = (faultCode: number, faultString: string): string =>
  `<?xml version="1.0"?>\n<methodResponse><fault>${valueXml({ faultCode, faultString })}</fault></methodResponse>\n`

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const paramsXml = (params: readonly Value[]): string =>
  `<params>${params.map((value) => `<param>${valueXml(value)}</param>`).join('')}</params>`

const valueXml = (value: Value): string => `<value>${typedXml(value)}</value>`

const typedXml = (value: Value): string => {
  if (typeof value === 'string') return `<string>${escapeXml(value)}</string>`
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`
  if (typeof value === 'number') {
    const type = Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'int' : 'double'
    return `<${type}>${value}</${type}>`
  }
  if (value instanceof Date) {
    const [seconds = ''] = value.toISOString().replaceAll('-', '').split('.')
    return `<dateTime.iso8601>${seconds}</dateTime.iso8601>`
  }
  if (value instanceof Uint8Array)
    return `<base64>${Buffer.from(value).toString('base64')}</base64>`
  if (isList(value)) return `<array><data>${value.map(valueXml).join('')}</data></array>`
  const members = Object.entries(value).map(
    ([name, member]) => `<member><name>${escapeXml(name)}</name>${valueXml(member)}</member>`,
  )
  return `<struct>${members.join('')}</struct>`
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

/** Keeps text as it is. What may be there several times is always a list. It refuses more than 100 tags in each other. */
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  // References by number, such as &#13;.
  htmlEntities: true,
  isArray: (name) => name === 'param' || name === 'value' || name === 'member',
})

export const readCall = (xml: string): MethodCall => {
  const call = childOf(parse(xml), 'methodCall')
  const method = textOf(childOf(call, 'methodName')).trim()
  return { method, params: listOf(childOf(childOf(call, 'params'), 'param')).map(readOnly) }
}

/** @throws {Fault} If the response is one. */
export const readResponse = (xml: string): Value => {
  const response = childOf(parse(xml), 'methodResponse')
  const fault = childOf(response, 'fault')
  if (fault === undefined) return readOnly(listOf(childOf(childOf(response, 'params'), 'param'))[0])
  const { faultCode, faultString } = structOf(readOnly(fault))
  throw new Fault(Number(faultCode), String(faultString))
}

const parse = (xml: string): unknown => {
  try {
    return parser.parse(xml)
  } catch (cause) {
    throw new BodyError('XML_INVALID', 'Cannot read XML-RPC: this is not XML', {
      cause,
      status: 502,
    })
  }
}

/** The value of what has one. */
const readOnly = (node: unknown): Value => readValue(listOf(childOf(node, 'value'))[0])

const readValue = (node: unknown): Value => {
  // Without a type it is a string.
  if (typeof node === 'string') return node
  const [type = '', content] = entriesOf(node).find(([name]) => name !== '#text') ?? []
  switch (type) {
    case 'string':
      return textOf(content)
    case 'int':
    case 'i4':
    case 'double':
      return readNumber(textOf(content))
    case 'boolean':
      return textOf(content).trim() === '1'
    case 'dateTime.iso8601':
      return readDate(textOf(content))
    case 'base64':
      return Buffer.from(textOf(content), 'base64')
    case 'array':
      return listOf(childOf(childOf(content, 'data'), 'value')).map(readValue)
    case 'struct': {
      const members = listOf(childOf(content, 'member'))
      return Object.fromEntries(
        members.map((member) => [textOf(childOf(member, 'name')), readOnly(member)]),
      )
    }
  }
  throw invalid(`the type ${JSON.stringify(type)}`, 'a value')
}

const readNumber = (text: string): number => {
  if (/^\s*[-+]?\d+(\.\d+)?(e[-+]?\d+)?\s*$/i.test(text)) return Number(text)
  throw invalid(JSON.stringify(text), 'a number')
}

/** The specification names no time zone: here it is UTC. */
const readDate = (text: string): Date => {
  const [, year, month, day, time] = /^\s*(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d)/.exec(text) ?? []
  const date = new Date(`${year}-${month}-${day}T${time}Z`)
  if (Number.isNaN(date.getTime())) throw invalid(JSON.stringify(text), 'a date')
  return date
}

const entriesOf = (node: unknown): readonly (readonly [string, unknown])[] =>
  typeof node === 'object' && node !== null ? Object.entries(node) : []

const childOf = (node: unknown, name: string): unknown =>
  entriesOf(node).find(([key]) => key === name)?.[1]

const listOf = (node: unknown): readonly unknown[] => (Array.isArray(node) ? node : [])

const textOf = (node: unknown): string => {
  if (typeof node === 'string') return node
  throw invalid('no text', 'text')
}

const structOf = (value: Value): { readonly [name: string]: unknown } =>
  Object.fromEntries(entriesOf(value))

const invalid = (found: string, wanted: string): BodyError =>
  new BodyError('XML_INVALID', `Cannot read XML-RPC: found ${found}, wanted ${wanted}`, {
    status: 502,
  })
