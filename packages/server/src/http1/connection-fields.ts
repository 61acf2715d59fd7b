import { listMembers } from '@sluice/body/engine'

/**
 * What the fields of a request say about its connection, gathered as their lines come.
 *
 * Only these become strings now. An application gets the others when it asks for them: most ask for two or three of a dozen.
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
  /** The lines after the first. A string to which each is added would be a tree of ten times its length. */
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
   * Takes any field except Host, and ignores those that are not about the connection.
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

  /** Joins the lines of each list, once all have come. */
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

/** Adds a line. Most heads have none of these, so the array is made with the first. */
const withMore = (lines: string[] | undefined, line: string): string[] => {
  if (lines === undefined) return [line]
  lines.push(line)
  return lines
}

const keepAliveLength = 'connection: keep-alive'.length

/** Whether a line is the one that browsers send. Cutting it out and making it lower case would be slow. */
export const isKeepAlive = (text: string, start: number, end: number): boolean =>
  end - start === keepAliveLength &&
  (text.startsWith('Connection: keep-alive', start) ||
    text.startsWith('connection: keep-alive', start))

/** Whether a name with this length and first character may be in `ConnectionFields`. */
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

/** Whether a comma list has the member, given in lower case. */
export const hasMember = (list: string, member: string): boolean =>
  list === member || listMembers(list).includes(member)
