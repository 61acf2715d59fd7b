import { knownName } from '@sluice/body/engine'

/** The text before the value of a field. A line begins with the end of the line before it. */
export const lineStart = (name: string): string => `\r\n${name}: `

/** The end of a head whose content has a length. */
export const lengthEnd = (length: number): string => `\r\ncontent-length: ${length}\r\n\r\n`

const maxNames = 1024
const maxPlaces = 64

/**
 * Parts of the last response heads, for `responseHead`. Most responses of one server are alike, so the next head needs few new
 * strings. Joining two strings leaves 32 bytes of garbage.
 *
 * It holds only names and lengths, no values of handlers. Make one for each server.
 */
export class ResponseHeadCache {
  readonly #lineStarts = new Map<string, string>()
  /** The names that the last heads had in these places, and the starts of their lines. */
  readonly #namesAt: string[] = []
  readonly #startsAt: string[] = []
  #date = ''
  #dateLine = ''
  #length = 0
  #lengthEnd: string = lengthEnd(0)

  /** The start of a field's line, if the last head had this field in the same place. It is then no field of the connection. */
  startAt(place: number, name: string): string | undefined {
    return this.#namesAt[place] === name ? this.#startsAt[place] : undefined
  }

  /** The start of a line with another name, which is remembered for this place. */
  newStartAt(place: number, name: string): string {
    // A handler may send a name that came from a client. Keeping that string would keep the client's head alive.
    const own = knownName(name)
    if (own === undefined) return lineStart(name)
    const start = this.#lineStartOf(own)
    // Each head has one Date, from the handler or the server, so it is looked for in each.
    if (place < maxPlaces && name !== 'date') {
      this.#namesAt[place] = own
      this.#startsAt[place] = start
    }
    return start
  }

  dateLine(date: string): string {
    if (date !== this.#date) {
      this.#date = date
      this.#dateLine = lineStart('date') + date
    }
    return this.#dateLine
  }

  lengthEnd(length: number): string {
    if (length !== this.#length) {
      this.#length = length
      this.#lengthEnd = lengthEnd(length)
    }
    return this.#lengthEnd
  }

  #lineStartOf(name: string): string {
    const known = this.#lineStarts.get(name)
    if (known !== undefined) return known
    const start = lineStart(name)
    if (this.#lineStarts.size === maxNames) this.#lineStarts.clear()
    this.#lineStarts.set(name, start)
    return start
  }
}
