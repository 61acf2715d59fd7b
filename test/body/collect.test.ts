// Collecting a body whole, with and without a signal.
import { collect, data, noFields, readBytes, readJson, readText, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortListeners, leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Data, Flush, Frame, Trailers } from '@sluice/body'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields.with('checksum', 'x') }
const broken = new Error('the source broke')

const collecting = suite('collect, readBytes, readText, readJson')

collecting('bytes and trailers come together', async () => {
  const found = await collect(watched<Frame>([...chunks('a', 'b'), trailers]).body)
  assert.is(textOf(found.bytes), 'ab')
  assert.is(found.trailers.get('checksum'), 'x')
  assert.is((await collect(toBody(null))).trailers, noFields)
  assert.is((await readBytes(toBody(null))).length, 0)
})

for (const later of [false, true])
  collecting(
    `maxBytes: at and under pass, one byte over is refused and closes${later ? ', later' : ''}`,
    async () => {
      for (const cut of [['abcd'], ['a', 'b', 'c', 'd'], ['abc', 'd']]) {
        for (const maxBytes of [4, 5, Number.POSITIVE_INFINITY]) {
          const source = watched(chunks(...cut), { later })
          assert.is(await readText(source.body, { maxBytes }), 'abcd')
        }
        const source = watched([...chunks(...cut), ...chunks('e')], { later })
        const error = await rejects(() => readText(source.body, { maxBytes: 3 }), 'BODY_TOO_LARGE')
        assert.is(error.status, 413)
        assert.is(source.closes, 1)
      }
    },
  )

collecting('maxBytes 0 takes an empty body', async () => {
  assert.is(await readText(toBody(''), { maxBytes: 0 }), '')
  await rejects(() => readText(toBody('a'), { maxBytes: 0 }), 'BODY_TOO_LARGE')
})

collecting('maxBytes is 1 MiB by default', async () => {
  const mebibyte = new Uint8Array(1_048_576)
  assert.is((await readBytes(watched([data(mebibyte)]).body)).length, 1_048_576)
  await rejects(() => readBytes(watched([data(mebibyte), ...chunks('a')]).body), 'BODY_TOO_LARGE')
})

collecting('a byteLength over maxBytes is refused before a byte is read', async () => {
  const source = watched(chunks('ab'), { byteLength: 2 })
  await rejects(() => readText(source.body, { maxBytes: 1 }), 'BODY_TOO_LARGE')
  assert.is(source.pulls, 0)
  assert.is(source.closes, 1)
})

collecting('a byteLength under maxBytes does not replace counting', async () => {
  const source = watched(chunks('abc'), { byteLength: 1 })
  await rejects(() => readText(source.body, { maxBytes: 2 }), 'BODY_TOO_LARGE')
})

collecting('the error stays BODY_TOO_LARGE when closing fails', async () => {
  for (const later of [false, true])
    for (const byteLength of [2, undefined]) {
      const source = watched(chunks('ab'), {
        closeError: new Error('closing failed'),
        later,
        ...(byteLength === undefined ? {} : { byteLength }),
      })
      await rejects(() => readText(source.body, { maxBytes: 1 }), 'BODY_TOO_LARGE')
      assert.is(source.closes, 1)
    }
})

for (const maxBytes of [-1, 0.5, Number.NaN])
  collecting(`maxBytes ${maxBytes} is refused, and the body is not begun`, async () => {
    const body = toBody('a')
    await rejects(() => collect(body, { maxBytes }), RangeError)
    assert.is(await readText(body), 'a')
  })

collecting(
  'the body is taken at the call: a second call is refused, before and after the end',
  async () => {
    const body = toBody('a')
    const first = readText(body)
    await rejects(() => readText(body), 'BODY_USED')
    assert.is(await first, 'a')
    await rejects(() => readJson(body), 'BODY_USED')
  },
)

collecting('an error of the source is passed on', async () => {
  for (const later of [false, true])
    await rejects(() => readText(watched(chunks('a'), { error: broken, later }).body), broken)
})

collecting('a pause is waited for; one that rejects fails the body and closes it', async () => {
  const gate = deferred()
  const paused = readText(
    watched<Frame>([{ kind: 'pause', until: gate.promise }, ...chunks('a')]).body,
  )
  assert.is(await stateOf(paused), 'pending')
  gate.resolve()
  assert.is(await paused, 'a')
  const until = Promise.reject(broken)
  const source = watched<Frame>([{ kind: 'pause', until }, ...chunks('a')])
  await rejects(() => readText(source.body), broken)
  assert.is(source.closes, 1)
})

collecting(
  'receipts of flushes are told that they were read; other kinds are skipped',
  async () => {
    const told: unknown[] = []
    const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
    for (const later of [false, true])
      assert.is(
        await readText(
          watched<AnyFrame>([flush, { kind: 'own' }, ...chunks('a'), flush], { later }).body,
        ),
        'a',
      )
    assert.equal(told, [undefined, undefined, undefined, undefined])
  },
)

collecting('anything after the trailers is an error', async () => {
  for (const frame of [...chunks('a'), trailers, { kind: 'flush' }, { kind: 'own' }]) {
    const source = watched<AnyFrame>([trailers, frame])
    await rejects(() => collect(source.body), 'BODY_INVALID')
    assert.is(source.closes, 1)
  }
})

collecting(
  'text is UTF-8: cut anywhere, ill-formed as U+FFFD, without a byte order mark',
  async () => {
    const given = utf8('\ufeffé漢😀')
    assert.is(
      await readText(watched([...given].map((byte) => data(Uint8Array.of(byte)))).body),
      'é漢😀',
    )
    assert.is(await readText(toBody(Uint8Array.of(97, 0xff, 98))), 'a\ufffdb')
  },
)

collecting('readJson gives the value; invalid JSON is JSON_INVALID with its cause', async () => {
  assert.equal(await readJson(toBody('{"a":[1]}')), { a: [1] })
  const error = await rejects(() => readJson(toBody('{')), 'JSON_INVALID')
  assert.instance(error.cause, SyntaxError)
  await rejects(() => readJson(toBody('')), 'JSON_INVALID')
  await rejects(() => readJson(toBody('12'), { maxBytes: 1 }), 'BODY_TOO_LARGE')
})

collecting(
  'a million one-byte frames are read soon, and hold little more than a megabyte',
  async () => {
    const one = () => data(new Uint8Array(1))
    function* frames() {
      for (let i = 0; i < 1_048_576; i++) yield one()
      globalThis.gc?.()
      held = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before
    }
    let held = 0
    globalThis.gc?.()
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    assert.is((await within(20_000, readBytes(watched(frames()).body))).length, 1_048_576)
    assert.ok(held < 8_000_000, `${held} bytes`)
  },
)

collecting('a source that is always ready lets timers have their turn', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const one = data(utf8('a'))
  const body = fromPull<Data>(() => ({ pull: () => (timer ? undefined : one), close() {} }))
  await within(5000, readBytes(body, { maxBytes: Number.POSITIVE_INFINITY }))
  await turn()
  assert.ok(timer)
})

collecting.run()

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

signals('what is not a signal is refused before the body is read', async () => {
  for (const given of [{}, null, 5, new EventTarget()]) {
    const source = watched([data(utf8('a'))])
    await rejects(() => readText(source.body, { signal: untyped(given) }), TypeError)
    assert.is(await readText(source.body), 'a')
  }
})

signals.run()
