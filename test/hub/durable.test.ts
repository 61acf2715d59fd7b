// A body with a log behind it: what clients that were cut get from a later request, in any process.
import { collect, data, fields, readText, toBody } from '@sluice/body'
import { durable, memory, openHub } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { soon, withProcesses } from '../support/hub/processes.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Hub, Topic } from '@sluice/hub'

const durables = suite('durable')

/** Frames as texts: data as it is, others as their kind. */
const framesOf = async (body: Body<AnyFrame>, count = Number.POSITIVE_INFINITY) => {
  const found: string[] = []
  for await (const frame of body) {
    found.push(
      'bytes' in frame && frame.bytes instanceof Uint8Array
        ? new TextDecoder().decode(frame.bytes)
        : `(${frame.kind})`,
    )
    if (found.length >= count) break
  }
  return found
}

/** A body that tells whether it was closed. */
const closing = (text: string) => {
  const closed = deferred()
  let pulls = 0
  const body: Body = {
    [Symbol.asyncIterator]: () => ({
      next: async () =>
        pulls++ === 0
          ? { done: false, value: data(new TextEncoder().encode(text)) }
          : { done: true, value: undefined },
      return: async () => {
        closed.resolve()
        return { done: true, value: undefined }
      },
    }),
  }
  return { body, closed: closed.promise, pulls: () => pulls }
}

durables('a response is read while it is made, and again from any byte in another process', () =>
  withProcesses(2, async (one, two) => {
    const gate = deferred()
    const source = async function* () {
      yield data(new TextEncoder().encode('hello, '))
      await gate.promise
      yield data(new TextEncoder().encode('world'))
      yield { kind: 'trailers' as const, fields: fields({ 'x-sum': '17' }) }
    }
    const reading = framesOf(durable(source, one.topic))
    // Cut in the middle.
    assert.equal(await within(soon, framesOf(durable(source, two.topic), 2)), [
      'hello, ',
      '(flush)',
    ])
    assert.is(await stateOf(reading), 'pending')
    gate.resolve()
    const frames = await within(soon, reading)
    assert.equal(frames.slice(0, 3), ['hello, ', '(flush)', 'world'])
    assert.is(frames.at(-1), '(trailers)')
    for (const { topic } of [one, two])
      for (let fromByte = 0; fromByte <= 12; fromByte++) {
        const { body, closed, pulls } = closing('other')
        const { bytes, trailers } = await within(soon, collect(durable(body, topic, { fromByte })))
        assert.is(new TextDecoder().decode(bytes), 'hello, world'.slice(fromByte))
        assert.is(trailers?.get('x-sum'), '17')
        await within(soon, closed)
        assert.is(pulls(), 0)
      }
  }),
)

durables('nothing comes behind the trailers, however late the end of the topic is', () =>
  withProcesses(1, async ({ topic, guard }) => {
    const source = async function* () {
      yield data(new TextEncoder().encode('hello'))
      yield { kind: 'trailers' as const, fields: fields({ 'x-sum': '17' }) }
    }
    guard.append = async (pass) => {
      await turn(10)
      return pass()
    }
    const frames = await within(soon, framesOf(durable(source, topic)))
    assert.is(frames.at(-1), '(trailers)')
  }),
)

durables('an empty body is empty', () =>
  withProcesses(1, async ({ topic }) => {
    for (let i = 0; i < 2; i++)
      assert.is(await within(soon, readText(durable(toBody(''), topic))), '')
  }),
)

durables('frames of any size arrive whole', () =>
  withProcesses(1, async ({ topic }) => {
    const sizes = [1, 65_535, 65_536, 65_537, 200_000]
    const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1))
    const { bytes } = await within(soon, collect(durable(toBody(parts), topic)))
    assert.ok(Buffer.concat(parts).equals(bytes))
  }),
)

durables('a body that is not read starts nothing, and closes the source', () =>
  withProcesses(1, async ({ topic, guard }) => {
    const { body, closed, pulls } = closing('never')
    const never = durable(body, topic)
    await never[Symbol.asyncIterator]().return?.()
    await within(soon, closed)
    assert.is(pulls(), 0)
    assert.is(guard.appends, 0)
  }),
)

durables('a source that fails fails the body of each reader, and of later ones', () =>
  withProcesses(2, async (one, two) => {
    const source = async function* () {
      yield data(new TextEncoder().encode('begun'))
      throw new Error('secret')
    }
    const failure = await rejects(
      () => within(soon, readText(durable(source, one.topic))),
      'BODY_FAILED',
    )
    assert.not.match(failure.message, 'secret')
    // Known in the process of the source alone.
    assert.match(String(failure.cause), 'secret')
    const later = () => within(soon, readText(durable(source, two.topic)))
    assert.is((await rejects(later, 'BODY_FAILED')).cause, undefined)
  }),
)

durables('stop in another process ends the body', () =>
  withProcesses(2, async (one, two) => {
    const source = async function* () {
      yield data(new TextEncoder().encode('begun'))
      await new Promise(() => {})
    }
    const reading = framesOf(durable(source, one.topic))
    await turn(20)
    await two.topic.stop()
    assert.equal(await within(soon, reading), ['begun', '(flush)'])
  }),
)

const dies = async function* () {
  yield data(new TextEncoder().encode('hello, '))
  await new Promise(() => {})
}

durables('if the producer is gone, the rest is made by continueAt', () =>
  withProcesses(2, async (one, two) => {
    await within(soon, framesOf(durable(dies, one.topic), 2))
    await one.hub.close()
    const { body, closed } = closing('hello, anybody')
    const asked: number[] = []
    const reading = readText(
      durable(body, two.topic, {
        fromByte: 2,
        continueAt: (byte) => {
          asked.push(byte)
          return toBody('world')
        },
      }),
    )
    assert.is(await within(soon, reading), 'llo, world')
    assert.equal(asked, [7])
    await within(soon, closed)
  }),
)

durables('if the producer is gone, and without continueAt, the body fails', () =>
  withProcesses(2, async (one, two) => {
    await within(soon, framesOf(durable(dies, one.topic), 2))
    await one.hub.close()
    await rejects(
      () => within(soon, readText(durable(toBody('hello, anybody'), two.topic))),
      'BODY_FAILED',
    )
    assert.is(two.errors.length, 1)
  }),
)

durables('a client resumes within what is kept, and fails before it', () =>
  withProcesses(1, async ({ hub }) => {
    // Five pieces and the length of the whole; the end is a record too.
    const parts = ['aa', 'bb', 'cc', 'dd', 'ee']
    const source = () =>
      toBody(
        (async function* () {
          for (const part of parts) {
            yield part
            await turn()
          }
        })(),
      )
    const topic = hub.topic('kept', { keep: { entries: 4 } })
    await within(soon, framesOf(durable(source, topic)))
    assert.is(await within(soon, readText(durable(source, topic, { fromByte: 6 }))), 'ddee')
    assert.is(await within(soon, readText(durable(source, topic, { fromByte: 7 }))), 'dee')
    assert.is(await within(soon, readText(durable(source, topic, { fromByte: 10 }))), '')
    await rejects(
      () => within(soon, readText(durable(source, topic, { fromByte: 5 }))),
      'BODY_LOST',
    )
    await rejects(() => within(soon, readText(durable(source, topic))), 'BODY_LOST')
    await rejects(
      () => within(soon, readText(durable(source, topic, { fromByte: 11 }))),
      'RANGE_NOT_SATISFIABLE',
    )
  }),
)

durables('signal ends one reading, and the source runs on for others', () =>
  withProcesses(1, async ({ topic }) => {
    const leaving = new AbortController()
    const gate = deferred()
    const source = async function* () {
      yield data(new TextEncoder().encode('a'))
      await gate.promise
      yield data(new TextEncoder().encode('b'))
    }
    const left = readText(durable(source, topic, { signal: leaving.signal }))
    const reading = readText(durable(source, topic))
    await turn(10)
    const gone = new Error('gone')
    leaving.abort(gone)
    await rejects(() => within(soon, left), gone)
    gate.resolve()
    assert.is(await within(soon, reading), 'ab')
  }),
)

durables('an entry that durable did not write fails the body', () =>
  withProcesses(1, async ({ topic }) => {
    await topic.append('hello')
    await topic.stop()
    await rejects(() => within(soon, readText(durable(toBody('x'), topic))), 'RECORD_INVALID')
  }),
)

durables('sources that are no body are refused at the call', () =>
  withProcesses(1, async ({ topic }) => {
    const wrong = [
      'text',
      1,
      null,
      undefined,
      new Uint8Array(1),
      ['text'],
      new Response('text'),
      {},
    ]
    for (const source of wrong)
      throwsAtOnce(() => Reflect.apply(durable, undefined, [source, topic]), TypeError)
    // @ts-expect-error: not a body
    const failure = await rejects(() => readText(durable(() => 'text', topic)), 'BODY_FAILED')
    assert.instance(failure.cause, TypeError)
  }),
)

durables('invalid options are refused at the call', () =>
  withProcesses(1, async ({ topic }) => {
    throwsAtOnce(() => durable(toBody(''), topic, { fromByte: -1 }), RangeError)
    throwsAtOnce(() => durable(toBody(''), topic, { graceMs: Number.NaN }), RangeError)
    // @ts-expect-error: not a function
    throwsAtOnce(() => durable(toBody(''), topic, { continueAt: 1 }), TypeError)
    // @ts-expect-error: not a signal
    throwsAtOnce(() => durable(toBody(''), topic, { signal: 1 }), TypeError)
  }),
)

/** A topic of which the log is gone, after clients have read a response of ten bytes. */
const lost: readonly {
  readonly name: string
  make(): Promise<{ readonly hub: Hub; readonly topic: Topic }>
}[] = [
  {
    name: 'a hub that was restarted',
    async make() {
      const hub = openHub()
      return { hub, topic: hub.topic('t') }
    },
  },
  {
    name: 'a log that was removed',
    async make() {
      const hub = openHub()
      const topic = hub.topic('t')
      await readText(durable(toBody('aaaaaaaaaa'), topic))
      await topic.remove()
      return { hub, topic }
    },
  },
  {
    name: 'a log that was evicted',
    async make() {
      const hub = openHub({ engine: memory({ maxBytes: 2000 }) })
      const topic = hub.topic('t')
      await readText(durable(toBody('aaaaaaaaaa'), topic))
      await hub.topic('noise').append('x'.repeat(1990))
      return { hub, topic }
    },
  },
  {
    name: 'a log that is too old',
    async make() {
      const hub = openHub()
      const topic = hub.topic('t', { keep: { ms: 20 } })
      await readText(durable(toBody('aaaaaaaaaa'), topic))
      await new Promise((resolve) => setTimeout(resolve, 60))
      return { hub, topic }
    },
  },
]

for (const { name, make } of lost) {
  durables(`${name}: what a client lacks is not taken from a source that runs anew`, async () => {
    const { hub, topic } = await make()
    let runs = 0
    const source = () => {
      runs++
      return toBody('BBBBBBBBBB')
    }
    const resumed = durable(source, topic, { fromByte: 4 })
    const failure = await rejects(() => within(soon, readText(resumed)), 'BODY_LOST')
    assert.is(failure.status, 410)
    assert.is(runs, 0)
    // The topic is as it was: a client that starts over gets the whole.
    assert.is(await within(soon, readText(durable(source, topic))), 'BBBBBBBBBB')
    assert.is(runs, 1)
    await hub.close()
  })

  durables(`${name}: continueAt makes what a client lacks`, async () => {
    const { hub, topic } = await make()
    const asked: number[] = []
    const { body, closed, pulls } = closing('BBBBBBBBBB')
    const options = {
      fromByte: 4,
      continueAt(byte: number) {
        asked.push(byte)
        return toBody('rest')
      },
    }
    assert.is(await within(soon, readText(durable(body, topic, options))), 'rest')
    assert.equal(asked, [4])
    await within(soon, closed)
    assert.is(pulls(), 0)
    await hub.close()
  })
}

durables('a call from the first byte is served while another one finds its bytes lost', () =>
  withProcesses(2, async (one, two) => {
    const source = () => toBody('hello')
    const resumed = durable(source, one.topic, { fromByte: 3 })
    const failing = rejects(() => within(soon, readText(resumed)), 'BODY_LOST')
    const readings = [one, two].map(({ topic }) => readText(durable(source, topic)))
    assert.equal(await within(soon, Promise.all(readings)), ['hello', 'hello'])
    await failing
    assert.equal(one.errors, [])
  }),
)

/** Frames of one byte, of which a reader has got the first. */
const begun = async (topic: Topic) => {
  const source = async function* () {
    yield data(new TextEncoder().encode('a'))
    await new Promise(() => {})
  }
  const reading = durable(source, topic)[Symbol.asyncIterator]()
  await within(soon, reading.next())
  return { reading }
}

const textOfRest = async (reading: AsyncIterator<AnyFrame>) => {
  let text = ''
  for (;;) {
    const { done, value } = await reading.next()
    if (done === true) return text
    if ('bytes' in value && value.bytes instanceof Uint8Array)
      text += new TextDecoder().decode(value.bytes)
  }
}

durables('a reader whose log is gone does not get the rest of another response', () =>
  withProcesses(3, async (one, two, three) => {
    await begun(two.topic)
    const { reading } = await begun(one.topic)
    const lost = rejects(() => within(soon, textOfRest(reading)), 'BODY_LOST')
    const wake = deferred()
    one.guard.suspended = wake.promise
    await three.topic.remove()
    await two.hub.close()
    const other = durable(() => toBody('BBBB'), three.topic)
    assert.is(await within(soon, readText(other)), 'BBBB')
    wake.resolve()
    await lost
  }),
)

durables('a reader that is slow, and whose log and producer are gone, does not wait for them', () =>
  withProcesses(1, async ({ hub }) => {
    for (const continueAt of [undefined, () => toBody('rest')]) {
      const topic = hub.topic('slow')
      const source = () => toBody(['a'.repeat(70_000), 'b'])
      const reading = durable(source, topic, { continueAt })[Symbol.asyncIterator]()
      await within(soon, reading.next())
      await within(soon, readText(durable(source, topic)))
      await topic.remove()
      const rest = within(soon, textOfRest(reading))
      if (continueAt === undefined) await rejects(() => rest, 'BODY_LOST')
      else assert.match(await rest, /rest$/)
      await topic.remove()
    }
  }),
)

durables('what is not a topic is refused at the call', () => {
  for (const topic of [null, {}, { name: 'abc' }, 'abc'])
    throwsAtOnce(() => Reflect.apply(durable, undefined, [toBody(''), topic]), TypeError)
})

durables.run()
