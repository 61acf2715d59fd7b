import { sleep } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { changed, withPages } from '../support/hub/faults/faulty-engine.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { withHub } from '../support/hub/with-hub.ts'
import { rejects } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { Topic } from '@sluice/hub'

const soon = 5000

const values = suite('values')

const refused: readonly { readonly value: unknown; readonly names: string }[] = [
  { value: Promise.resolve(1), names: 'a promise, wanted its value: await it' },
  { value: new ArrayBuffer(2), names: 'ArrayBuffer' },
  { value: new DataView(new ArrayBuffer(2)), names: 'DataView' },
  { value: new Uint16Array(2), names: 'Uint16Array' },
  { value: new Float64Array(2), names: 'Float64Array' },
  { value: new Map([['a', 1]]), names: 'Map' },
  { value: new Set([1]), names: 'Set' },
  { value: new RangeError('no'), names: 'Error' },
]

for (const { value, names } of refused)
  values(`an append of ${names} is refused, and says so`, () =>
    withHub(async (hub) => {
      const topic = hub.topic('news')
      const { message } = await rejects(() => topic.append(value), TypeError)
      assert.ok(message.startsWith(`Cannot append the value: found ${names}`), message)
      assert.is((await topic.state()).newest, undefined)
    }),
  )

values('an object that says itself what its JSON is, is appended', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    const error = Object.assign(new Error('no'), { toJSON: () => 'an error' })
    await topic.append(error)
    await topic.append(new Date(0))
    await topic.append(Buffer.from('a'))
    await topic.append(Object.create(null))
    const items = await within(soon, readItems(topic.read(), 4))
    assert.equal(
      items.map((item) => item.kind === 'entry' && item.value),
      ['an error', '1970-01-01T00:00:00.000Z', new Uint8Array([97]), {}],
    )
  }),
)

values.run()

const stopping = suite('stop')

for (const reason of [null, 17, {}, new Error('enough')])
  stopping(`a reason that is ${String(reason)} is refused`, () =>
    withHub(async (hub) => {
      const topic = hub.topic('news')
      // @ts-expect-error Plain JavaScript.
      await rejects(() => topic.stop(reason), TypeError)
      assert.is((await topic.state()).ended, false)
    }),
  )

stopping('a reason of maxEntryBytes is given to readers, and one byte more is refused', () =>
  withHub(
    async (hub) => {
      const topic = hub.topic('news')
      await rejects(() => topic.stop('éa'), 'ENTRY_TOO_LARGE')
      await topic.stop('é')
      const [end] = await within(soon, readItems(topic.read()))
      assert.is(end?.kind === 'end' && end.reason, 'é')
    },
    { maxEntryBytes: 2 },
  ),
)

stopping(
  'the message of a source that failed is cut at maxEntryBytes, between two characters',
  () =>
    withHub(
      async (hub) => {
        const topic = hub.topic('news')
        const source = () => {
          throw Object.assign(new Error('ééé'), { expose: true })
        }
        assert.is(await within(soon, topic.produce(source).outcome), 'failed')
        const [end] = await within(soon, readItems(topic.read()))
        assert.is(end?.kind === 'end' && end.reason, 'éé')
      },
      { maxEntryBytes: 5, onError: () => {} },
    ),
)

stopping.run()

const invalid = suite('a record that no hub has written')

invalid('is reported once, however often it is read', async () => {
  const told: unknown[] = []
  const foreign = withPages((page) => ({
    ...page,
    records: page.records.map((record) =>
      record.seq === 2 ? { ...record, bytes: new Uint8Array([1]) } : record,
    ),
  }))
  await withHub(
    async (hub) => {
      for (const name of ['one', 'two']) {
        const topic = hub.topic(name)
        for (const value of [1, 2, 3]) await topic.append(value)
        for (let i = 0; i < 3; i++)
          assert.equal((await within(soon, readItems(topic.read(), 2))).map(brief), ['v 1', 'v 3'])
      }
    },
    { engine: changed(foreign), onError: (error) => told.push(error) },
  )
  assert.equal(told.map(codeOf), ['RECORD_INVALID', 'RECORD_INVALID'])
})

invalid.run()

const ids = suite('an id of the log that is newer than its newest entry')

ids('is unknown: all that is kept follows, and what is appended later once', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    await topic.append(1)
    const newest = await topic.append(2)
    const reading = readItems(topic.read({ after: `${newest}00` }), 4)
    await topic.append(3)
    assert.equal((await within(soon, reading)).map(brief), ['gap unknown', 'v 1', 'v 2', 'v 3'])
  }),
)

ids('is unknown in a log that has ended', () =>
  withHub(async (hub) => {
    const topic = hub.topic('news')
    const id = await topic.append(1)
    await topic.stop()
    const items = await within(soon, readItems(topic.read({ after: `${id}00` })))
    assert.equal(items.map(brief), ['gap unknown', 'v 1', 'end stopped'])
  }),
)

const forgotten = suite('a topic that is forgotten')

for (const [how, forget] of Object.entries({
  'was removed': (topic: Topic) => topic.remove(),
  'is older than keep.ms': () => sleep(60),
}))
  forgotten(`is as if it had never been if it ${how}`, () =>
    withHub(async (hub) => {
      const topic = hub.topic('news', { keep: { ms: 50 } })
      const id = await topic.append(1)
      await topic.stop()
      await forget(topic)
      assert.equal(await topic.state(), { oldest: undefined, newest: undefined, ended: false })
      const items = topic.read({ after: id })[Symbol.asyncIterator]()
      const { value: gap } = await within(soon, items.next())
      assert.equal(gap, { kind: 'gap', gap: { reason: 'unknown', after: id, to: undefined } })
      const next = items.next()
      await turn(3)
      assert.is(await stateOf(next), 'pending')
      await topic.append(2)
      const { value: entry } = await within(soon, next)
      assert.equal(entry?.kind === 'entry' && entry.value, 2)
      await items.return?.()
    }),
  )

forgotten.run()

ids.run()
