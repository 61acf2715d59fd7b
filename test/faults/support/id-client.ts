import { connect } from 'node:net'
import { get } from '../../support/server/serving.ts'

/**
 * Asks for ids on one connection, so many requests ahead, until the server ends it; adds those that came back.
 *
 * Each id ends with a semicolon, by which a whole one is known.
 */
export const askForIds = (
  port: number,
  { name, ahead, answered }: { name: string; ahead: number; answered: Set<string> },
): Promise<void> =>
  new Promise((resolve) => {
    let asked = 0
    let text = ''
    const ask = () => get(`/id?id=${name}-${asked++};`)
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.write(Array.from({ length: ahead }, ask).join(''))
    })
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      text += part
      const found = [...text.matchAll(/\r\n\r\n([^;\r\n]+);/g)]
      for (const [, id] of found) answered.add(`${id};`)
      const last = found.at(-1)
      if (last !== undefined) text = text.slice(last.index + last[0].length)
      if (socket.writable) socket.write(found.map(ask).join(''))
    })
    // A reset: what was read of the answers is all that is known.
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
