// Iterators written by hand, in JavaScript: what their `next()` gives is seldom what the types say.
import { data, reader, readText, toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter, pipe, through } from '@sluice/filter'
import { encodeEvents } from '@sluice/sse'
import { spool } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { silentThenable } from '../support/bodies/silent-thenable.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { turn, within } from '../support/within.ts'
import type { Body, Data, Frame } from '@sluice/body'

const end = { done: true, value: undefined } as const
const frame = (text: string) => ({ done: false, value: data(utf8(text)) })

interface Foreign {
  readonly body: Body
  readonly returns: () => number
}

/** A body whose `next()` gives these, one after another, and then the end. */
const foreign = (...given: readonly unknown[]): Foreign => {
  let at = 0
  let returns = 0
  const iterator: AsyncIterator<Frame> = {
    next: untyped(() => (at < given.length ? given[at++] : end)),
    async return() {
      returns++
      return end
    },
  }
  const body: Body = { [Symbol.asyncIterator]: () => iterator }
  return { body, returns: () => returns }
}

const thenable = (result: unknown) => silentThenable(turn().then(() => result))

const same = frameFilter('same', () => ({ frame: (each) => each }))

const ways: readonly { readonly name: string; readonly apply: (body: Body) => Body }[] = [
  { name: 'the body alone', apply: (body) => body },
  { name: 'toBody', apply: (body) => toBody(body) },
  { name: 'a filter', apply: (body) => pipe(body, same) },
  { name: 'toBody and a filter', apply: (body) => pipe(toBody(body), same) },
]

const results = suite('iterators of others: what next() gives')

for (const { name, apply } of ways) {
  const read = (body: Body) => within(1000, readText(apply(body)))

  results(`${name}: a plain result is as good as a promise of one`, async () => {
    const { body } = foreign(frame('a'), Promise.resolve(frame('b')), frame('c'))
    assert.is(await read(body), 'abc')
  })

  results(`${name}: a thenable whose then returns nothing is waited for`, async () => {
    const { body } = foreign(thenable(frame('a')), frame('b'), thenable(frame('c')), thenable(end))
    assert.is(await read(body), 'abc')
  })

  for (const [what, result] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a promise of nothing', Promise.resolve()],
    ['a result without a value', { done: false }],
  ] as const)
    results(`${name}: ${what} is BODY_INVALID, and the iterator is returned once`, async () => {
      const { body, returns } = foreign(frame('a'), result, frame('b'))
      await rejects(() => read(body), 'BODY_INVALID')
      assert.is(returns(), 1)
    })
}

results('plain results that are there at once cost no promise', () => {
  const source = pullFrom(foreign(frame('a'), frame('b')).body)
  const pulled = [source.pull(), source.pull(), source.pull()]
  assert.equal(pulled, [data(utf8('a')), data(utf8('b')), undefined])
})

results.run()

const pulls = suite('pulls of others: a thenable whose then returns nothing')

/** A body that gives two frames and its end by such thenables; it must not be pulled while one is pending. */
const slow = (): Body<Data> => {
  let at = 0
  let pending = false
  const given = [data(utf8('a')), data(utf8('b'))]
  return fromPull<Data>(() => ({
    pull() {
      if (pending) throw new Error('pulled while a pull was pending')
      pending = true
      const frame = given[at++]
      return silentThenable(
        turn().then(() => {
          pending = false
          return frame
        }),
      )
    },
    close() {},
  }))
}

async function* generator(body: AsyncIterable<Data>) {
  yield* body
}

const idle = filter('idle', () => ({ data: (bytes) => bytes, idleMs: () => 1 }))

const readers: readonly { readonly name: string; readonly read: () => Promise<string> }[] = [
  { name: 'readText', read: () => readText(slow()) },
  { name: 'for await', read: () => readText(generator(slow())) },
  { name: 'a reader', read: async () => (await reader(slow()).readLine()) ?? '' },
  { name: 'a filter', read: () => readText(pipe(slow(), same)) },
  { name: 'a filter with an idle time', read: () => readText(pipe(slow(), idle)) },
  { name: 'a generator among filters', read: () => readText(pipe(slow(), same, generator, same)) },
  {
    name: 'a body that its pipe closes',
    read: () => readText(pipe(slow(), (body) => toBody(body))),
  },
  {
    name: 'a transform',
    read: () =>
      readText(
        pipe(
          slow(),
          through(() => new TransformStream<Uint8Array>()),
        ),
      ),
  },
  {
    name: 'spool',
    read: async () => readText((await spool()(slow())).body),
  },
  {
    name: 'encodeEvents',
    read: () => readText(encodeEvents(slow(), { heartbeatMs: Number.POSITIVE_INFINITY })),
  },
]

for (const { name, read } of readers)
  pulls(`${name} waits for it`, async () => {
    assert.is(await within(1000, read()), 'ab')
  })

pulls.run()
