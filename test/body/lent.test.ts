import { collect, isData, lent, reader, readText, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { mapText, pipe } from '@sluice/filter'
import { share } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import type { Body, Data } from '@sluice/body'

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

lending('nothing is asked before the reading starts, and leaving closes', async () => {
  const { asked, body } = source()
  const frames = lent(body)
  assert.equal(asked, [])
  for await (const frame of frames) {
    assert.is(frame.kind, 'data')
    break
  }
  assert.equal(asked, ['lend', 'pull', 'close'])
})

lending('a body is read once, lent or not', async () => {
  const body = toBody('once')
  const frames = lent(body)
  assert.is(await readText(body), 'once')
  throwsAtOnce(() => frames[Symbol.asyncIterator](), 'BODY_USED')
  const again = lent(toBody('again'))
  again[Symbol.asyncIterator]()
  throwsAtOnce(() => again[Symbol.asyncIterator](), 'BODY_USED')
})

const upper = mapText((read) => read.toUpperCase())

for (const [name, read] of [
  ['collect', (frames: Body) => collect(frames)],
  ['text', (frames: Body) => readText(frames)],
  ['reader', (frames: Body) => reader(frames).read()],
  ['toBody', (frames: Body) => readText(toBody(frames))],
  ['a filter', (frames: Body) => readText(upper(frames))],
  ['pipe', (frames: Body) => readText(pipe(frames, upper, upper))],
  ['share', (frames: Body) => readText(share(frames).reader())],
] as const)
  lending(`${name} may keep bytes, and refuses lent frames`, async () => {
    const { asked, body } = source()
    await rejects(() => read(lent(body)), 'BODY_INVALID')
    assert.equal(asked, [])
    assert.is(await readText(body), 'cba')
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
