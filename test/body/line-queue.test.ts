// Bytes queued in pieces, and taken by line, by number, or both in turns.

import { BodyError } from '@sluice/body'
import { LineQueue } from '@sluice/body/engine'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from '../support/holds.ts'

const queue = suite('LineQueue')

const tooLong = 'too long'

const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What the queue has to give, by looking at each byte. */
class Model {
  #left: number[] = []
  #isFirst = true

  get byteLength(): number {
    return this.#left.length
  }

  push(bytes: Uint8Array): void {
    this.#left.push(...bytes)
  }

  take(byteLength: number): Uint8Array {
    if (byteLength > 0) this.#isFirst = false
    return Uint8Array.from(this.#left.splice(0, byteLength))
  }

  takeLine(maxBytes: number): string | undefined {
    const end = this.#left.indexOf(10)
    if (end < 0) return this.#left.length > maxBytes + 1 ? tooLong : undefined
    const isCut = this.#left[end - 1] === 13
    const length = isCut ? end - 1 : end
    if (length > maxBytes) return tooLong
    const text = decoder.decode(Uint8Array.from(this.#left.slice(0, length)))
    const line = this.#isFirst ? text.replace(/^\uFEFF/, '') : text
    this.take(end + 1)
    return line
  }
}

const lineOf = (held: LineQueue, maxBytes: number): string | undefined => {
  try {
    return held.takeLine(maxBytes)
  } catch (error) {
    if (error instanceof BodyError && error.code === 'LINE_TOO_LONG') return tooLong
    throw error
  }
}

// Short lines, so that many are decoded at once; long ones; text that is longer as UTF-8; bytes that are no UTF-8.
const piece = fc
  .oneof(
    { weight: 5, arbitrary: fc.constantFrom('a,b,c\n', 'id;name\r\n', '\n', '\r\n', '\uFEFFx\n') },
    { weight: 2, arbitrary: fc.constantFrom('käse\n', '日本\r\n', '😀', '\r', 'x') },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }).map((n) => 'y'.repeat(n)) },
  )
  .map((text) => new TextEncoder().encode(text))

const bytes = fc.oneof(
  { weight: 9, arbitrary: piece },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 3 }) },
)

const act = fc.oneof(
  fc.record({ name: fc.constant('push'), pieces: fc.array(bytes, { maxLength: 200 }) }),
  fc.record({
    name: fc.constantFrom('line', 'take', 'takeSome', 'peek'),
    count: fc.nat(200),
    size: fc.oneof(fc.nat(20), fc.nat(10_000)),
  }),
)

queue('gives the lines and the bytes that it was given, by whatever calls', () =>
  holds(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      const held = new LineQueue()
      const model = new Model()
      let given = 0
      for (const each of acts) {
        if ('pieces' in each) {
          const joined = Uint8Array.from(each.pieces.flatMap((bytes) => [...bytes]))
          given += joined.length
          held.push(joined)
          model.push(joined)
          continue
        }
        const { name, count, size } = each
        const there = Math.min(size, model.byteLength)
        if (name === 'line')
          for (let i = 0; i < count; i++) {
            const line = lineOf(held, size)
            assert.is(line, model.takeLine(size))
            // Its callers go on no more.
            if (line === tooLong) return
          }
        else if (name === 'take') assert.equal(plain(held.take(there)), model.take(there))
        else if (name === 'peek') assert.is(held.peek(there).length, there)
        else {
          const some = plain(held.takeSome(size + 1))
          assert.is(some.length === 0, model.byteLength === 0)
          assert.equal(some, model.take(some.length))
        }
        if (count % 2 === 1) continue
        assert.is(held.byteLength, model.byteLength)
        assert.is(held.taken, given - model.byteLength)
      }
    }),
    300,
  ),
)

queue('gives the same lines, cut at every place', () => {
  const text = 'one\r\nzwölf\n\n\r\nfour'
  const content = Buffer.from(text)
  for (let cut = 0; cut <= content.length; cut++) {
    const held = new LineQueue()
    const lines: (string | undefined)[] = []
    for (const part of [content.subarray(0, cut), content.subarray(cut)]) {
      held.push(Uint8Array.from(part))
      for (let line = held.takeLine(9); line !== undefined; line = held.takeLine(9))
        lines.push(line)
    }
    lines.push(held.takeLastLine(9))
    assert.equal(lines, ['one', 'zwölf', '', '', 'four'], `cut at ${cut}`)
    assert.is(held.takeLastLine(9), undefined)
  }
})

queue('drops a byte order mark before the first line only', () => {
  const held = new LineQueue()
  held.push(Uint8Array.from(Buffer.from('\uFEFFa\n\uFEFFb\n\uFEFFc')))
  assert.equal(
    [held.takeLine(99), held.takeLine(99), held.takeLastLine(99)],
    ['a', '\uFEFFb', '\uFEFFc'],
  )
})

queue('a smaller limit holds for lines that were decoded with a larger one', () => {
  const held = new LineQueue()
  held.push(Uint8Array.from(Buffer.from('a\nb\nfour\nfive\nsix\n')))
  assert.equal([held.takeLine(99), held.takeLine(99)], ['a', 'b'])
  assert.equal([held.takeLine(4), held.takeLine(4)], ['four', 'five'])
  assert.throws(() => held.takeLine(2), /found more than 2 bytes/)
})

queue.run()
