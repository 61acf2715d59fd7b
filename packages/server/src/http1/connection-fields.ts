import { withoutBlanks } from '@sluice/body/engine'

/**
 * What the fields of a head say to the connection, gathered as their lines come.
 *
 * The other fields are strings only when somebody asks for them: most applications look at two or three of a dozen.
 */
export class ConnectionFields {
  hosts = 0
  host = ''
  codings: string[] | undefined
  lengths: string[] | undefined
  /** The first line of each field; after `joinLines`, all its lines joined. */
  connection: string | undefined
  upgrade: string | undefined
  expectation: string | undefined
  /** The lines after the first. Adding each to a string would make a tree of ten times its length. */
  #more: { readonly [list in List]: string[] } | undefined

  takeHost(value: string): void {
    this.hosts++
    this.host = value
  }

  takeKeepAlive(): void {
    if (this.connection === undefined) this.connection = 'keep-alive'
    else this.#addLine('connection', 'keep-alive')
  }

  /**
   * Takes a field but Host; one that is not the connection's is passed over.
   *
   * @param name In lower case.
   */
  take(name: string, value: string): void {
    switch (name) {
      case 'content-length':
        this.lengths = withMore(this.lengths, value)
        break
      case 'transfer-encoding':
        this.codings = withMore(this.codings, value)
        break
      case 'connection':
        if (this.connection === undefined) this.connection = value
        else this.#addLine('connection', value)
        break
      case 'upgrade':
        if (this.upgrade === undefined) this.upgrade = value
        else this.#addLine('upgrade', value)
        break
      case 'expect':
        if (this.expectation === undefined) this.expectation = value
        else this.#addLine('expectation', value)
        break
    }
  }

  /** All lines have come. */
  joinLines(): void {
    const more = this.#more
    if (more === undefined) return
    this.#more = undefined
    for (const list of lists) {
      const first = this[list]
      if (first !== undefined) this[list] = [first, ...more[list]].join(', ')
    }
  }

  #addLine(list: List, value: string): void {
    this.#more ??= { connection: [], upgrade: [], expectation: [] }
    this.#more[list].push(value)
  }
}

type List = (typeof lists)[number]
const lists = ['connection', 'upgrade', 'expectation'] as const

/** Most heads have none of these: the array is made with the first. */
const withMore = (lines: string[] | undefined, line: string): string[] => {
  if (lines === undefined) return [line]
  lines.push(line)
  return lines
}

const keepAliveLength = 'connection: keep-alive'.length

/** Whether a line is the one that every browser sends, as it is written most: cut out, and in lower case, it is 0.5 us. */
export const isKeepAlive = (text: string, start: number, end: number): boolean =>
  end - start === keepAliveLength &&
  (text.startsWith('Connection: keep-alive', start) ||
    text.startsWith('connection: keep-alive', start))

/** Whether a name of so many characters and such a first one can be a field of the connection. */
export const mayBeConnectionField = (length: number, first: number): boolean => {
  switch (length) {
    case 6:
      return (first | 32) === 101
    case 7:
      return (first | 32) === 117
    case 10:
    case 14:
      return (first | 32) === 99
    case 17:
      return (first | 32) === 116
    default:
      return false
  }
}

/** The members of a comma list in lower case, without empty ones (RFC 9110 5.6.1.2). */
export const membersOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((member) => withoutBlanks(member).toLowerCase())
    .filter((member) => member !== '')

/** Whether a comma list has the member, given in lower case. */
export const hasMember = (list: string, member: string): boolean =>
  list === member || membersOf(list).includes(member)
