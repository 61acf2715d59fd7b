// Bytes queued in pieces, and taken in others.

import { ByteQueue } from '@sluice/body/engine'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from '../support/holds.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'

const queue = suite('ByteQueue')

queue('it gives the bytes that it was given, by whatever calls', () => {
  const call = fc.oneof(
    fc.record({
      name: fc.constant('push'),
      size: fc.nat(40),
      times: fc.integer({ min: 1, max: 400 }),
    }),
    fc.record({
      name: fc.constantFrom('take', 'peek', 'takeSome', 'indexOf'),
      size: fc.nat(600),
      times: fc.integer({ min: 1, max: 40 }),
    }),
  )
  holds(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const held = new ByteQueue()
      let model: number[] = []
      let next = 0
      for (const { name, size, times } of calls)
        for (let i = 0; i < times; i++) {
          const there = Math.min(size, model.length)
          if (name === 'push') {
            const pushed = Array.from({ length: size }, () => next++ % 251)
            held.push(Uint8Array.from(pushed))
            model = model.concat(pushed)
          } else if (name === 'peek') assert.equal([...held.peek(there)], model.slice(0, there))
          else if (name === 'indexOf')
            assert.is(held.indexOf(size % 251, there), model.indexOf(size % 251, there))
          else {
            const got = name === 'take' ? held.take(there) : held.takeSome(there)
            assert.equal([...got], model.slice(0, got.length))
            assert.ok(name === 'take' ? got.length === there : got.length > 0 || there === 0)
            model = model.slice(got.length)
          }
          assert.is(held.byteLength, model.length)
        }
      held.clear()
      assert.is(held.byteLength, 0)
      assert.is(held.take(0).length, 0)
    }),
    50,
  )
})

queue('an empty part is none: what stands behind it is there to be taken', () => {
  const held = new ByteQueue()
  held.push(new Uint8Array())
  held.push(utf8('a'))
  assert.is(textOf(held.takeSome(1)), 'a')
})

queue('a hundred thousand parts are taken one by one in no long', () => {
  const held = new ByteQueue()
  const part = new Uint8Array(300)
  for (let i = 0; i < 100_000; i++) held.push(part)
  let count = 0
  while (held.byteLength > 0) {
    assert.is(held.takeSome(300).length, 300)
    count++
  }
  assert.is(count, 100_000)
})

queue.run()
