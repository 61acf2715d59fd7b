// Control characters in a head: looked for four bytes at a time where bytes lie so, and one at a time where not. Both find the same.
import { requestParser } from '@sluice/server/http1'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const heads = suite('control characters in a head')

const lines =
  'GET / HTTP/1.1\r\nhost: a\r\naccept: text/html, text/plain;q=0.5\r\nx: yz\r\ncookie: a=b; c=d\r\n\r\n'

/** The head in memory that is its own, from an offset of so many bytes. */
const bytesAt = (offset: number, text: string): Buffer => {
  const memory = new ArrayBuffer(offset + text.length)
  const bytes = Buffer.from(memory, offset)
  bytes.write(text, 'latin1')
  return bytes
}

const outcomeOf = (...pieces: readonly Uint8Array[]): string => {
  const parser = requestParser()
  try {
    for (const piece of pieces) {
      parser.receive(piece)
      const event = parser.next()
      if (event?.kind === 'head') return JSON.stringify([...event.head.headers])
    }
    return parser.state
  } catch (error) {
    return String(error)
  }
}

const byteByByte = (bytes: Uint8Array): string =>
  outcomeOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)))

const spoilt = [0, 9, 10, 13, 31, 32, 126, 127, 128, 138, 141, 255]

for (const offset of [0, 1, 4])
  heads(`one anywhere is judged alike, whole at offset ${offset} and byte by byte`, () => {
    for (let at = 16; at < lines.length; at++) {
      for (const code of spoilt) {
        const text = `${lines.slice(0, at)}${String.fromCharCode(code)}${lines.slice(at + 1)}`
        const bytes = bytesAt(offset, text)
        assert.is(outcomeOf(bytes), byteByByte(bytes), `${code} at ${at}`)
      }
    }
  })

for (const offset of [0, 1])
  heads(
    `a CR in a value and an LF in what follows do not excuse one another, at offset ${offset}`,
    () => {
      for (let at = lines.indexOf('text/html'); at < lines.indexOf(', text'); at++) {
        const bare = `${lines.slice(0, at)}\r${lines.slice(at + 1)}`
        for (const after of ['\n', 'x\n', 'GET / HTTP/1.1\n']) {
          const bytes = bytesAt(offset, bare + after)
          assert.match(outcomeOf(bytes), /control character in its value/)
        }
      }
    },
  )

heads('whatever piece ends it, the fields are those of the whole', () => {
  const wanted = outcomeOf(bytesAt(0, lines))
  for (let first = 1; first < lines.length; first++) {
    const pieces = [lines.slice(0, first), lines.slice(first)]
    assert.is(outcomeOf(...pieces.map((piece) => bytesAt(0, piece))), wanted, `cut at ${first}`)
  }
  for (const before of ['\r\n', '\r\n\r\n'])
    assert.is(outcomeOf(bytesAt(0, before + lines)), wanted)
})

heads('a head without one is taken, with content that has some behind it', () => {
  const content = `${lines.replace('GET', 'POST').replace('x: yz', 'content-length: 5')}\n\r\0\x7f\t`
  assert.match(outcomeOf(bytesAt(0, content)), /"content-length","5"/)
})

heads.run()
