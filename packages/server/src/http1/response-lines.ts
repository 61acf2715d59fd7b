// Pieces of a head that are made once; each line begins with the end of the one before. To join two texts leaves 32 bytes of
// garbage: so, a field joins two and not four.
import { knownName } from '@sluice/body/engine'
import { reasonOf } from './reasons.ts'

const statusLines: string[] = []

export const statusLine = (status: number): string => {
  const known = statusLines[status]
  if (known !== undefined) return known
  const line = `HTTP/1.1 ${status} ${reasonOf(status)}`
  statusLines[status] = line
  return line
}

const lineStarts = new Map<string, string>()
const lineStartsMax = 1024

/**
 * The text before the value of a field.
 *
 * Cached only for known names: a handler may send a name that came from a client, and that would keep the client's head alive.
 */
export const lineStart = (name: string): string => {
  const known = lineStarts.get(name)
  if (known !== undefined) return known
  const own = knownName(name)
  if (own === undefined) return `\r\n${name}: `
  const start = `\r\n${own}: `
  if (lineStarts.size === lineStartsMax) lineStarts.clear()
  lineStarts.set(own, start)
  return start
}

/** The names that the last heads had in these places, and what their lines began with. */
const namesAt: string[] = []
const startsAt: string[] = []
const placesMax = 64

/**
 * What stands before the value of a field that the last head had in the same place, and that is no more than a line of it. Most
 * answers of a server are alike there: no look-up, and no question whether the name is the connection's.
 */
export const startAt = (place: number, name: string): string | undefined =>
  namesAt[place] === name ? startsAt[place] : undefined

/** The same for another name, to be known there from now on. */
export const newStartAt = (place: number, name: string): string => {
  const start = lineStart(name)
  const own = knownName(name)
  // A head has one Date, its own or the server's: that is to be asked each time.
  if (place < placesMax && own !== undefined && name !== 'date') {
    namesAt[place] = own
    startsAt[place] = start
  }
  return start
}

let lastDate = ''
let lastDateLine = ''

export const dateLine = (date: string): string => {
  if (date !== lastDate) {
    lastDate = date
    lastDateLine = `\r\ndate: ${date}`
  }
  return lastDateLine
}

export const headEnd = '\r\n\r\n'
export const chunkedEnd: string = `\r\ntransfer-encoding: chunked${headEnd}`

let lastLength = 0
let lastLengthEnd = `\r\ncontent-length: 0${headEnd}`

export const lengthEnd = (length: number): string => {
  if (length !== lastLength) {
    lastLength = length
    lastLengthEnd = `\r\ncontent-length: ${length}${headEnd}`
  }
  return lastLengthEnd
}
