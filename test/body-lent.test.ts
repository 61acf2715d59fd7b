import { fromPull, isData, lent, pullFrom, text, toBody } from '@sluice/body'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { throwsAtOnce } from './support/rejects.ts'
import type { Data } from '@sluice/body'

const lending = suite('body: lent')

/** A source that reads into the same memory again once it may, and what was asked of it. */
const source = () => {
  const asked: string[] = []
  const memory = new Uint8Array(1)
  let lends = false
  let left = 3
  const body = fromPull<Data>(
    () => ({
      lend() {
        asked.push('lend')
        lends = true
      },
      pull() {
        asked.push('pull')
        if (left === 0) return undefined
        const bytes = lends ? memory : new Uint8Array(1)
        bytes[0] = 96 + left--
        return { kind: 'data', bytes }
      },
      close() {
        asked.push('close')
      },
    }),
    3,
  )
  return { asked, memory, body }
}

lending(
  'the source is told once, before the first pull, and may give the same memory',
  async () => {
    const { asked, memory, body } = source()
    let read = ''
    for await (const frame of lent(body)) {
      assert.is(frame.bytes, memory)
      read += String.fromCharCode(...frame.bytes)
    }
    assert.is(read, 'cba')
    assert.equal(asked, ['lend', 'pull', 'pull', 'pull', 'pull'])
  },
)

lending('a body that is not lent keeps what it gave', async () => {
  const { asked, body } = source()
  const frames: Data[] = []
  for await (const frame of body) frames.push(frame)
  assert.is(String.fromCharCode(...frames.flatMap(({ bytes }) => [...bytes])), 'cba')
  assert.not(asked.includes('lend'))
})

lending('nothing is asked before the reading starts, and closing goes through', async () => {
  const { asked, body } = source()
  const reading = lent(body)
  assert.equal(asked, [])
  assert.is(reading.byteLength, 3)
  const pull = pullFrom(reading)
  await pull.pull()
  await pull.close()
  assert.equal(asked, ['lend', 'pull', 'close'])
})

lending('a body is read once, lent or not', async () => {
  const body = toBody('once')
  assert.is(await text(lent(body)), 'once')
  throwsAtOnce(() => pullFrom(lent(body)), 'BODY_USED')
  const again = lent(toBody('once'))
  pullFrom(again)
  throwsAtOnce(() => pullFrom(again), 'BODY_USED')
})

lending('a body that cannot lend is as it is', async () => {
  async function* frames() {
    yield { kind: 'data', bytes: Uint8Array.of(1) } as const
    yield { kind: 'flush' } as const
    yield { kind: 'data', bytes: Uint8Array.of(2) } as const
  }
  const kept: number[] = []
  for await (const frame of lent(frames())) if (isData(frame)) kept.push(...frame.bytes)
  assert.equal(kept, [1, 2])
})

lending.run()
