import { collect, data, readBytes, readJson, readText, toBody } from '@sluice/body'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '../support/cuts.ts'
import { abortListeners, leavingNothing } from '../support/leaving-nothing.ts'
import { rejects } from '../support/rejects.ts'
import { handFed, watched } from '../support/sources.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'

const soon = 5000
const reason = new Error('the client left')
const a = data(utf8('1'))

/** Waits until a source has been pulled so many times: a busy machine may take several turns. */
const pulledBy = async (source: { readonly pulls: number }, times: number) => {
  for (let i = 0; i < 1000 && source.pulls < times; i++) await turn()
}

const signals = suite('collectors with a signal')

for (const read of [collect, readBytes, readText, readJson]) {
  signals(
    `${read.name}: an abort closes the source once and rejects with the reason`,
    leavingNothing(async () => {
      const source = handFed<Frame>()
      const controller = new AbortController()
      const reading = read(source.body, { signal: controller.signal })
      await pulledBy(source, 1)
      source.give(a)
      await pulledBy(source, 2)
      assert.is(abortListeners(controller.signal), 1)
      controller.abort(reason)
      assert.is(source.closes, 1, 'at the abort')
      await rejects(() => within(soon, reading), reason)
      assert.is(abortListeners(controller.signal), 0)
      source.give(a)
      await turn(2)
      assert.is(source.closes, 1)
    }),
  )

  signals(
    `${read.name}: a signal that has aborted reads nothing, and closes the source`,
    leavingNothing(async () => {
      const source = watched([a])
      const signal = AbortSignal.abort(reason)
      await rejects(() => within(soon, read(source.body, { signal })), reason)
      assert.equal([source.pulls, source.closes], [0, 1])
      assert.is(abortListeners(signal), 0)
    }),
  )

  signals(`${read.name}: the end and an error leave no listener`, async () => {
    const { signal } = new AbortController()
    await read(watched([a]).body, { signal })
    assert.is(abortListeners(signal), 0)
    const broken = new Error('the source broke')
    await rejects(() => read(watched([a], { error: broken }).body, { signal }), broken)
    assert.is(abortListeners(signal), 0)
    const large = watched([a, a, a])
    await rejects(() => read(large.body, { maxBytes: 2, signal }), 'BODY_TOO_LARGE')
    assert.is(large.closes, 1)
    assert.is(abortListeners(signal), 0)
  })
}

signals('an abort after the end changes nothing', async () => {
  const source = watched([a])
  const controller = new AbortController()
  const text = await readText(source.body, { signal: controller.signal })
  controller.abort(reason)
  await turn()
  assert.is(text, '1')
  assert.is(source.closes, 0)
})

signals(
  'an abort in the turn of the last frame gives the text or the reason, and closes at most once',
  async () => {
    for (let microtasks = 0; microtasks < 20; microtasks++) {
      const source = handFed<Frame>()
      const controller = new AbortController()
      const reading = readText(source.body, { signal: controller.signal })
      await pulledBy(source, 1)
      source.give(a)
      await pulledBy(source, 2)
      source.end()
      for (let i = 0; i < microtasks; i++) await undefined
      controller.abort(reason)
      const found = await within(
        soon,
        reading.catch((error) => (error === reason ? 'reason' : 'other')),
      )
      assert.ok(found === '1' || found === 'reason', found)
      assert.ok(source.closes <= (found === 'reason' ? 1 : 0), `${microtasks}: ${source.closes}`)
    }
  },
)

signals('an abort in a pause rejects at once; the pause may last for ever', async () => {
  const source = watched<Frame>([a, { kind: 'pause', until: new Promise(() => {}) }, a])
  const controller = new AbortController()
  const reading = readText(source.body, { signal: controller.signal })
  await turn(2)
  controller.abort(reason)
  await rejects(() => within(soon, reading), reason)
  assert.is(source.closes, 1)
})

signals('a source that never waits is stopped by a timer', async () => {
  let closes = 0
  function* endless() {
    try {
      for (;;) yield 'x'
    } finally {
      closes++
    }
  }
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 1)
  const { signal } = controller
  const reading = readText(toBody(endless()), { maxBytes: Number.POSITIVE_INFINITY, signal })
  await rejects(() => within(soon, reading), reason)
  assert.is(closes, 1)
})

signals(
  'a generator that waits for something is closed when that has come, and is not waited for',
  async () => {
    const order: string[] = []
    const coming = deferred<string>()
    async function* source() {
      try {
        yield await coming.promise
      } finally {
        order.push('closed')
      }
    }
    const controller = new AbortController()
    const reading = readText(toBody(source()), { signal: controller.signal })
    await turn()
    controller.abort(reason)
    await rejects(() => within(soon, reading), reason)
    order.push('told')
    coming.resolve('late')
    await turn(2)
    assert.equal(order, ['told', 'closed'])
  },
)

signals(
  'errors of closing are ignored: the reason of the signal is told',
  leavingNothing(async () => {
    const source = watched<Frame>([{ kind: 'pause', until: new Promise(() => {}) }], {
      closeError: new Error('not closed'),
    })
    const controller = new AbortController()
    const reading = readText(source.body, { signal: controller.signal })
    await turn()
    controller.abort(reason)
    await rejects(() => within(soon, reading), reason)
  }),
)

signals('a thousand readings share one listener of a signal', async () => {
  const controller = new AbortController()
  const sources = Array.from({ length: 1000 }, () => handFed<Frame>())
  const readings = sources.map(({ body }) => readText(body, { signal: controller.signal }))
  await turn()
  assert.is(abortListeners(controller.signal), 1)
  controller.abort(reason)
  const found = await within(soon, Promise.allSettled(readings))
  assert.ok(found.every((each) => each.status === 'rejected' && each.reason === reason))
  assert.ok(sources.every(({ closes }) => closes === 1))
  assert.is(abortListeners(controller.signal), 0)
})

signals.run()
