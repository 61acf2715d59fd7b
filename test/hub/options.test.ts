// Options and values in plain JavaScript: what is invalid is refused at the call, and no time is too long for a timer.
import { memory, openHub } from '@sluice/hub'
import { engineTests } from '@sluice/hub/engine-tests'
import { sleep } from '@sluice/pause'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changed } from '../support/hub/faults/faulty-engine.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { withHub } from '../support/hub/with-hub.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, within } from '../support/within.ts'

const soon = 5000

const options = suite('options')

for (const given of [null, 17, 'text', () => {}]) {
  const name = given === null ? 'null' : `a ${typeof given}`
  const says = new RegExp(`^Cannot use the options: found ${name}, wanted an object$`)

  options(`${name} in place of options is refused at the call`, () =>
    withHub(async (hub) => {
      const topic = hub.topic('news')
      const calls: readonly (() => unknown)[] = [
        // @ts-expect-error Plain JavaScript.
        () => openHub(given),
        // @ts-expect-error Plain JavaScript.
        () => memory(given),
        // @ts-expect-error Plain JavaScript.
        () => engineTests(memory, given),
        // @ts-expect-error Plain JavaScript.
        () => hub.topic('news', given),
        // @ts-expect-error Plain JavaScript.
        () => hub.topic('news', { keep: given }),
        // @ts-expect-error Plain JavaScript.
        () => hub.pause('key', given),
        // @ts-expect-error Plain JavaScript.
        () => topic.read(given),
        // @ts-expect-error Plain JavaScript.
        () => topic.produce([], given),
      ]
      for (const call of calls) assert.match(throwsAtOnce(call, TypeError).message, says)
      // @ts-expect-error Plain JavaScript.
      assert.match((await rejects(() => hub.resume('key', 1, given), TypeError)).message, says)
    }),
  )
}

options('a lease has to end', () => {
  const { message } = throwsAtOnce(() => openHub({ leaseMs: Number.POSITIVE_INFINITY }), RangeError)
  assert.match(message, /leaseMs: found Infinity/)
})

options.run()

const times = suite('times that are longer than a timer')

const longTimes = [Number.POSITIVE_INFINITY, 1e12, 2 ** 31]

for (const ms of longTimes) {
  times(`engineTimeoutMs of ${ms}: a call is waited for`, () =>
    withHub(
      async (hub) => {
        assert.type(await within(soon, hub.topic('news').append(1)), 'string')
      },
      {
        engineTimeoutMs: ms,
        engine: changed((inner) => ({
          append: async (topic, records, terms) => {
            await sleep(30)
            return inner.append(topic, records, terms)
          },
        })),
      },
    ),
  )

  times(`graceMs of ${ms}: a source runs on without readers, and sets few timers`, () =>
    withHub(
      async (hub) => {
        let timers = 0
        const { setTimeout } = globalThis
        const source = async function* () {
          yield sleep(60).then(() => 1)
        }
        const { outcome } = hub.topic('news').produce(source, {
          graceMs: ms,
        })
        Object.assign(globalThis, {
          setTimeout: (...args: Parameters<typeof setTimeout>) => {
            timers++
            return setTimeout(...args)
          },
        })
        await sleep(60)
        Object.assign(globalThis, { setTimeout })
        assert.is(timers < 20, true, `${timers} timers`)
        await outcome
      },
      { onError: () => {} },
    ),
  )

  times(`keepMs and keep.ms of ${ms}: a value and an entry are kept`, () =>
    withHub(async (hub) => {
      await hub.resume('key', 'early', { keepMs: ms })
      const topic = hub.topic('news', { keep: { ms } })
      await topic.append('kept')
      await sleep(20)
      assert.equal((await within(soon, readItems(topic.read(), 1))).map(brief), ['v kept'])
      assert.equal(await within(soon, hub.pause('key').resumed), {
        kind: 'resumed',
        value: 'early',
      })
    }),
  )

  times(`timeoutMs of ${ms}: a pause waits`, () =>
    withHub(async (hub) => {
      const { resumed } = hub.pause('key', { timeoutMs: ms })
      await sleep(20)
      assert.is(await stateOf(resumed), 'pending')
    }),
  )
}

times('a lease of more than a timer holds is renewed seldom, and works', () =>
  withHub(
    async (hub) => {
      const { outcome } = hub.topic('news').produce([1, 2])
      assert.is(await within(soon, outcome), 'finished')
    },
    { leaseMs: 1e12 },
  ),
)

times.run()
