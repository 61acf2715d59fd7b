import { closeBody, data, noFields, reader, readText, toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { holds } from '../support/holds.ts'
import { cutAt, cuts, textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Data, Flush, Frame, Trailers } from '@sluice/body'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields.with('checksum', 'x') }
const broken = new Error('the source broke')

const shown = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : textOf(bytes)

const read = suite('reader: read')

read('what has arrived is given, without waiting for more', async () => {
  const source = handFed<Data>()
  const from = reader(source.body)
  const pending = from.read()
  assert.is(await stateOf(pending), 'pending')
  source.give(data(utf8('ab')))
  assert.is(shown(await pending), 'ab')
  assert.is(source.pulls, 1)
  const next = from.read()
  source.end()
  assert.is(await next, undefined)
  assert.is(await from.read(), undefined)
})

read('at most maxBytes, and the rest at the next call without a pull', async () => {
  const source = watched(chunks('abc', 'd'))
  const from = reader(source.body)
  assert.is(shown(await from.read(2)), 'ab')
  assert.is(shown(await from.read(2)), 'c')
  assert.is(source.pulls, 1)
  assert.is(shown(await from.read(2)), 'd')
  assert.is(await from.read(1), undefined)
})

read('a huge maxBytes costs nothing', async () => {
  const from = reader(toBody('ab'))
  assert.is(shown(await from.read(Number.MAX_SAFE_INTEGER)), 'ab')
})

for (const maxBytes of [0, -1, 1.5, Number.NaN])
  read(`${maxBytes} is refused, and nothing is lost`, async () => {
    const from = reader(toBody('ab'))
    await rejects(() => from.read(maxBytes), RangeError)
    assert.is(shown(await from.read()), 'ab')
  })

read('empty data is no end', async () => {
  const from = reader(watched(chunks('', 'a', '', '', 'b', '')).body)
  assert.is(shown(await from.read()), 'a')
  assert.is(shown(await from.read()), 'b')
  assert.is(await from.read(), undefined)
})

read('bytes are not copied', async () => {
  const given = utf8('ab')
  assert.is(await reader(toBody(given)).read(), given)
})

read.run()

const exactly = suite('reader: readExactly')

exactly('so many bytes, however they were cut', async () => {
  for (const { name, pieces } of cuts(utf8('0123456789'))) {
    const from = reader(watched(pieces.map(data)).body)
    assert.is(shown(await from.readExactly(3)), '012', name)
    assert.is(shown(await from.readExactly(0)), '', name)
    assert.is(shown(await from.readExactly(7)), '3456789', name)
    assert.is(shown(await from.readExactly(0)), '', name)
    await rejects(() => from.readExactly(1), 'BODY_ENDED_EARLY')
  }
})

exactly(
  'one byte more than there are is an error, and what is there can still be read',
  async () => {
    const from = reader(watched(chunks('a', 'b', 'c')).body)
    const { message } = await rejects(() => from.readExactly(4), 'BODY_ENDED_EARLY')
    assert.match(message, /^Cannot read 4 bytes: found the end after 3/)
    assert.is(shown(await from.readExactly(3)), 'abc')
  },
)

exactly('a huge count is not set aside before it has come', async () => {
  const from = reader(toBody('ab'))
  await rejects(() => from.readExactly(Number.MAX_SAFE_INTEGER), 'BODY_ENDED_EARLY')
})

for (const byteLength of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
  exactly(`${byteLength} is refused, by peek too`, async () => {
    const from = reader(toBody('ab'))
    await rejects(() => from.readExactly(byteLength), RangeError)
    await rejects(() => from.peek(byteLength), RangeError)
    assert.is(shown(await from.read()), 'ab')
  })

exactly('a hundred thousand bytes that come one by one take no long', async () => {
  const one = data(utf8('a'))
  const from = reader(watched(Array.from({ length: 100_000 }, () => one)).body)
  assert.is((await within(5000, from.readExactly(100_000))).length, 100_000)
})

exactly.run()

const line = suite('reader: readLine')

const lineCases: readonly { name: string; given: string; wanted: readonly string[] }[] = [
  { name: 'no bytes are no line', given: '', wanted: [] },
  { name: 'LF ends a line', given: 'a\nb\n', wanted: ['a', 'b'] },
  { name: 'CRLF ends a line', given: 'a\r\nb\r\n', wanted: ['a', 'b'] },
  { name: 'a last line may have no end', given: 'a\nb', wanted: ['a', 'b'] },
  { name: 'a CR alone ends nothing', given: 'a\rb\n', wanted: ['a\rb'] },
  { name: 'a CR at the end of all stays', given: 'a\r', wanted: ['a\r'] },
  { name: 'of two CR one belongs to the end', given: 'a\r\r\n', wanted: ['a\r'] },
  { name: 'empty lines are lines', given: '\n\r\n\n', wanted: ['', '', ''] },
  { name: 'UTF-8 is read wherever it was cut', given: 'é漢\n😀\n', wanted: ['é漢', '😀'] },
  { name: 'a byte order mark at the beginning is left out', given: '\ufeffa\n', wanted: ['a'] },
  { name: 'one of the two at the beginning stays', given: '\ufeff\ufeffa', wanted: ['\ufeffa'] },
  { name: 'one on the second line stays', given: 'a\n\ufeffb\n', wanted: ['a', '\ufeffb'] },
]

for (const { name, given, wanted } of lineCases)
  line(`${name}, at every cut`, async () => {
    for (const cut of cuts(utf8(given))) {
      const frames = cut.pieces.map(data)
      const found: string[] = []
      for await (const each of reader(watched(frames, { later: true }).body).lines())
        found.push(each)
      assert.equal(found, wanted, cut.name)
    }
  })

line('ill-formed UTF-8 becomes U+FFFD', async () => {
  assert.is(await reader(toBody(Uint8Array.of(97, 0xc3, 10))).readLine(), 'a\ufffd')
})

for (const end of ['\n', '\r\n', ''])
  line(
    `maxBytes does not count the end ${JSON.stringify(end)}: at, under and over, at every cut`,
    async () => {
      for (const [given, fits] of [
        ['ab', true],
        ['abc', true],
        ['abcd', false],
      ] as const)
        for (const { pieces, name } of cuts(utf8(given + end))) {
          const source = watched(pieces.map(data))
          const from = reader(source.body)
          const run = () => from.readLine({ maxBytes: 3 })
          if (fits) assert.is(await run(), given, name)
          else {
            await rejects(run, 'LINE_TOO_LONG')
            assert.is(source.closes, 1)
          }
        }
    },
  )

line('maxBytes 0 takes empty lines only', async () => {
  const from = reader(toBody('\n\r\na\n'))
  assert.is(await from.readLine({ maxBytes: 0 }), '')
  assert.is(await from.readLine({ maxBytes: 0 }), '')
  await rejects(() => from.readLine({ maxBytes: 0 }), 'LINE_TOO_LONG')
})

line('a line without end is refused before it has come whole', async () => {
  const source = watched(Array.from({ length: 1000 }, () => data(new Uint8Array(1024).fill(97))))
  const error = await rejects(() => reader(source.body).readLine(), 'LINE_TOO_LONG')
  assert.is(error.status, 413)
  assert.ok(source.pulls < 70)
})

line('after a line too long every call is told, and none takes it for the end', async () => {
  const from = reader(watched(chunks('abcd\nef\n')).body)
  const error = await rejects(() => from.readLine({ maxBytes: 3 }), 'LINE_TOO_LONG')
  await rejects(() => from.readLine(), error)
  await rejects(() => from.read(), error)
  await rejects(() => from.readExactly(1), error)
  assert.equal(await words(from.rest()), ['error LINE_TOO_LONG'])
})

line('a megabyte of one-byte frames in one line takes no long', async () => {
  const one = data(utf8('a'))
  function* frames() {
    for (let i = 0; i < 1_000_000; i++) yield one
    yield data(utf8('\n'))
  }
  const from = reader(watched(frames()).body)
  const found = await within(20_000, from.readLine({ maxBytes: 1_000_000 }))
  assert.is(found?.length, 1_000_000)
})

line('a hundred thousand lines in one frame take no long', async () => {
  const from = reader(toBody('ab\n'.repeat(100_000)))
  let count = 0
  for await (const each of from.lines()) {
    assert.is(each, 'ab')
    count++
  }
  assert.is(count, 100_000)
})

line('lines after a hundred thousand frames are held take no long', async () => {
  const frames = Array.from({ length: 100_000 }, () => data(utf8('ab\n')))
  const from = reader(watched(frames).body)
  await rejects(() => from.readExactly(1_000_000), 'BODY_ENDED_EARLY')
  let count = 0
  while ((await from.readLine()) !== undefined) count++
  assert.is(count, 100_000)
})

line.run()

const lines = suite('reader: lines')

lines('lines that are asked for ahead come in order, then the end', async () => {
  for (const later of [false, true]) {
    const asked = reader(watched(chunks('a\n', 'b\nc'), { later }).body).lines()
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => asked.next()))
    assert.equal(
      answers.map(({ value }) => value),
      ['a', 'b', 'c', undefined, undefined],
    )
  }
})

lines('an error answers the first call that it meets, and the end those behind it', async () => {
  const asked = reader(watched(chunks('a\n'), { error: broken }).body).lines()
  const answers = await Promise.allSettled([1, 2, 3].map(() => asked.next()))
  assert.equal(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

lines('calls that wait are answered with the end once the loop is left', async () => {
  const source = handFed<Data>()
  const asked = reader(source.body).lines()
  const waiting = [asked.next(), asked.next()]
  await asked.return?.()
  for (const { done } of await within(1000, Promise.all(waiting))) assert.is(done, true)
})

lines('leaving the loop closes the body', async () => {
  const source = watched(chunks('a\n', 'b\n'))
  for await (const each of reader(source.body).lines()) {
    assert.is(each, 'a')
    break
  }
  assert.is(source.closes, 1)
})

lines('leaving before the first line closes the body', async () => {
  const source = watched(chunks('a\n'))
  await reader(source.body).lines().return?.()
  assert.is(source.closes, 1)
  assert.is(source.pulls, 0)
})

lines('leaving while a line is on its way closes the body at once', async () => {
  const source = handFed<Data>()
  const each = reader(source.body).lines()
  const pending = each.next()
  await turn()
  await within(1000, each.return?.())
  assert.is(source.closes, 1)
  assert.equal(await within(1000, pending), { done: true, value: undefined })
  source.end()
})

lines('a wrong maxBytes is refused at the call', () => {
  throwsAtOnce(() => reader(toBody('a')).lines({ maxBytes: -1 }), RangeError)
})

lines('an error goes on to the loop', async () => {
  const found: string[] = []
  await rejects(async () => {
    for await (const each of reader(watched(chunks('a\nb'), { error: broken }).body).lines())
      found.push(each)
  }, broken)
  assert.equal(found, ['a'])
})

lines.run()

const peek = suite('reader: peek')

peek('the next bytes stay, however they were cut', async () => {
  for (const { name, pieces } of cuts(utf8('012345'))) {
    const from = reader(watched(pieces.map(data)).body)
    assert.is(shown(await from.peek(4)), '0123', name)
    assert.is(shown(await from.peek(2)), '01', name)
    assert.is(shown(await from.readExactly(1)), '0', name)
    assert.is(shown(await from.peek(99)), '12345', name)
    assert.is(shown(await from.readExactly(5)), '12345', name)
    assert.is(shown(await from.peek(1)), '', name)
  }
})

peek('no more is pulled than it asks for', async () => {
  const source = watched(chunks('ab', 'c'))
  const from = reader(source.body)
  await from.peek(0)
  assert.is(source.pulls, 0)
  await from.peek(2)
  assert.is(source.pulls, 1)
})

peek('a huge count is not set aside before it has come', async () => {
  assert.is(shown(await reader(toBody('ab')).peek(Number.MAX_SAFE_INTEGER)), 'ab')
})

peek.run()

const rest = suite('reader: rest')

rest('the remaining body begins with what is held, and all its frames come', async () => {
  const flush: Flush = { kind: 'flush' }
  const own: AnyFrame = { kind: 'progress' }
  const source = watched<AnyFrame>([...chunks('ab\ncd'), flush, own, ...chunks('ef'), trailers])
  const from = reader(source.body)
  assert.is(await from.readLine(), 'ab')
  assert.equal(await words(from.rest()), [
    'data cd',
    'flush',
    'progress',
    'data ef',
    'trailers',
    'end',
  ])
})

rest('its bytes are what was not taken, at every cut and after every count', async () => {
  const given = utf8('0123456789')
  for (const { pieces, name } of cuts(given))
    for (let taken = 0; taken <= given.length; taken++) {
      const from = reader(watched(pieces.map(data), { byteLength: 10 }).body)
      await from.readExactly(taken)
      const left = from.rest()
      assert.is(left.byteLength, 10 - taken, name)
      assert.is(await readText(left), '0123456789'.slice(taken), name)
    }
})

rest('without a known length it has none', () => {
  assert.is(reader(watched(chunks('a')).body).rest().byteLength, undefined)
})

rest('a source that gives more than its length says has no length left', async () => {
  const from = reader(watched(chunks('abc'), { byteLength: 1 }).body)
  await from.readExactly(2)
  assert.is(from.rest().byteLength, undefined)
})

rest('nothing is pulled by the call', async () => {
  const source = watched(chunks('a'))
  const left = reader(source.body).rest()
  await turn()
  assert.is(source.pulls, 0)
  await closeBody(left)
  assert.is(source.closes, 1)
})

rest('after the end it is empty, with the trailers that were read', async () => {
  const from = reader(watched<Frame>([...chunks('a'), trailers]).body)
  assert.is(shown(await from.readExactly(1)), 'a')
  assert.is(await from.read(), undefined)
  assert.equal(await words(from.rest()), ['trailers', 'end'])
})

rest('after an error it is that error, behind what is held', async () => {
  const from = reader(watched(chunks('ab'), { error: broken }).body)
  await rejects(() => from.readExactly(3), broken)
  assert.equal(await words(from.rest()), ['data ab', 'error the source broke'])
})

rest('closing it closes the source once, and drops what was held', async () => {
  const source = watched(chunks('ab', 'cd'))
  const from = reader(source.body)
  await from.readExactly(1)
  const left = pullFrom(from.rest())
  await left.close()
  assert.is(source.closes, 1)
  assert.is(await left.pull(), undefined)
})

rest('it is read once', async () => {
  const left = reader(toBody('a')).rest()
  assert.is(await readText(left), 'a')
  await rejects(() => readText(left), 'BODY_USED')
})

rest('after it every method is refused, and close leaves it alone', async () => {
  const source = watched(chunks('ab'))
  const from = reader(source.body)
  const left = from.rest()
  for (const run of [
    () => from.read(),
    () => from.readExactly(0),
    () => from.readLine(),
    () => from.peek(0),
    () => from.lines().next(),
  ])
    await rejects(run, 'BODY_USED')
  throwsAtOnce(() => from.rest(), 'BODY_USED')
  await from.close()
  assert.is(source.closes, 0)
  assert.is(await readText(left), 'ab')
})

rest.run()

const whole = suite('reader')

const letters = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', '\r'), { maxLength: 40 })
const calls = fc.array(
  fc.record({
    name: fc.constantFrom('read', 'readExactly', 'readLine', 'peek'),
    size: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 20 },
)

whole('whatever is called in whatever order, no byte is lost, doubled or made up', async () => {
  await holds(
    fc.asyncProperty(
      letters,
      fc.array(fc.nat(40)),
      calls,
      fc.boolean(),
      async (parts, places, all, later) => {
        const content = parts.join('')
        const frames = cutAt(utf8(content), places).map(data)
        const from = reader(watched(frames, { later, byteLength: content.length }).body)
        let at = 0
        for (const { name, size } of all) {
          const left = content.slice(at)
          if (name === 'peek') assert.is(shown(await from.peek(size)), left.slice(0, size))
          else if (name === 'readLine') {
            const found = await from.readLine()
            const end = left.indexOf('\n')
            const taken = end < 0 ? left : left.slice(0, end + 1)
            assert.is(found, left === '' ? undefined : taken.replace(/\r?\n$/, ''))
            at += taken.length
          } else if (name === 'readExactly' && left.length < size) {
            await rejects(() => from.readExactly(size), 'BODY_ENDED_EARLY')
          } else {
            const found = name === 'read' ? await from.read(size) : await from.readExactly(size)
            assert.is(shown(found), left === '' ? undefined : left.slice(0, found?.length))
            assert.ok(
              left === '' || (found !== undefined && found.length > 0 && found.length <= size),
            )
            at += found?.length ?? 0
          }
        }
        const rest = from.rest()
        assert.is(rest.byteLength, content.length - at)
        assert.is(await readText(rest), content.slice(at))
      },
    ),
    200,
  )
})

whole('a body is read once', async () => {
  const body = toBody('a')
  reader(body)
  throwsAtOnce(() => reader(body), 'BODY_USED')
})

whole('one call at a time: a second one is refused and harms nothing', async () => {
  const source = handFed<Data>()
  const from = reader(source.body)
  const pending = from.read()
  await rejects(() => from.read(), 'BODY_USED')
  throwsAtOnce(() => from.rest(), 'BODY_USED')
  source.give(data(utf8('a')))
  assert.is(shown(await pending), 'a')
})

whole('trailers are there once they have been read', async () => {
  const from = reader(watched<Frame>([...chunks('a'), trailers]).body)
  await from.read()
  assert.is(from.trailers, undefined)
  await from.read()
  assert.is(from.trailers?.get('checksum'), 'x')
})

whole('a frame after the trailers is an error that stays', async () => {
  const source = watched<Frame>([trailers, ...chunks('a')])
  const from = reader(source.body)
  const error = await rejects(() => from.read(), 'BODY_INVALID')
  await rejects(() => from.read(), error)
  assert.is(from.trailers, undefined)
  assert.is(source.closes, 1)
})

whole('a flush after the trailers is told that it is lost', async () => {
  const told: unknown[] = []
  const late: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  await rejects(() => reader(watched<Frame>([trailers, late]).body).read(), 'BODY_INVALID')
  assert.is(told.length, 1)
  await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
})

whole('empty data after the trailers means nothing', async () => {
  const from = reader(watched<Frame>([trailers, ...chunks('', '')]).body)
  assert.is(await from.read(), undefined)
  assert.ok(from.trailers)
})

whole('an error stays: no later call takes it for the end', async () => {
  for (const later of [false, true]) {
    const from = reader(watched(chunks('ab'), { error: broken, later }).body)
    await rejects(() => from.readExactly(3), broken)
    assert.is(shown(await from.read()), 'ab')
    await rejects(() => from.read(), broken)
    await rejects(() => from.readLine(), broken)
    await rejects(() => from.peek(1), broken)
  }
})

whole('a pause is waited for, and the reason of one that rejects stays', async () => {
  const gate = deferred()
  const refused = Promise.reject(broken)
  refused.catch(() => {})
  const from = reader(
    watched<Frame>([
      { kind: 'pause', until: gate.promise },
      ...chunks('a'),
      { kind: 'pause', until: refused },
    ]).body,
  )
  const pending = from.read()
  assert.is(await stateOf(pending), 'pending')
  gate.resolve()
  assert.is(shown(await pending), 'a')
  await rejects(() => from.read(), broken)
  await rejects(() => from.read(), broken)
})

whole('the reason of a pause is told also when closing fails', async () => {
  const until = Promise.reject(broken)
  until.catch(() => {})
  for (const later of [false, true]) {
    const source = watched<Frame>([{ kind: 'pause', until }], {
      later,
      closeError: new Error('closing failed'),
    })
    await rejects(() => reader(source.body).read(), broken)
    assert.is(source.closes, 1)
  }
})

whole('a flush is told once the bytes before it were read', async () => {
  const told: unknown[] = []
  const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  const from = reader(watched<Frame>([...chunks('a'), flush, ...chunks('b')]).body)
  await from.read()
  assert.equal(told, [])
  await from.read()
  assert.equal(told, [undefined])
})

whole('close while a call waits ends the source, and the call is told at once', async () => {
  const source = handFed<Data>()
  const from = reader(source.body)
  const pending = from.read()
  await turn()
  await from.close()
  assert.is(source.closes, 1)
  await rejects(() => within(1000, pending), 'BODY_USED')
  source.end()
})

whole('close while a pause is waited for does not wait for it', async () => {
  const source = watched<Frame>([{ kind: 'pause', until: new Promise(() => {}) }])
  const from = reader(source.body)
  const pending = from.readLine()
  await turn()
  await from.close()
  await rejects(() => within(1000, pending), 'BODY_USED')
  assert.is(source.closes, 1)
})

whole('a source that is always ready lets timers have their turn', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const one = data(utf8('a'))
  const body = fromPull<Data>(() => ({ pull: () => (timer ? undefined : one), close() {} }))
  await rejects(() => within(10_000, reader(body).readExactly(2 ** 40)), 'BODY_ENDED_EARLY')
})

whole('after close no call takes it for the end', async () => {
  const from = reader(watched(chunks('ab')).body)
  await from.readExactly(1)
  await from.close()
  await from.close()
  await rejects(() => from.read(), 'BODY_USED')
  await rejects(() => from.readLine(), 'BODY_USED')
  throwsAtOnce(() => from.rest(), 'BODY_USED')
})

whole('close at the end changes nothing', async () => {
  const from = reader(toBody('a'))
  await from.read()
  await from.read()
  await from.close()
  assert.is(await from.read(), undefined)
})

whole('a hundred thousand flushes without data grow no chain of promises', async () => {
  const flush: Flush = { kind: 'flush' }
  for (const later of [false, true]) {
    const frames: Frame[] = Array.from({ length: 100_000 }, () => flush)
    const from = reader(watched([...frames, ...chunks('a')], { later }).body)
    assert.is(shown(await within(10_000, from.read())), 'a')
  }
})

whole('an endless run of flushes lets timers have their turn', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const flush: Flush = { kind: 'flush' }
  const body = fromPull<Frame>(() => ({
    pull: () => (timer ? data(utf8('a')) : flush),
    close() {},
  }))
  assert.is(shown(await within(5000, reader(body).read())), 'a')
})

whole.run()
