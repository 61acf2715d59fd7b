// @slow 9
// Law 12: a body that never waits does not hold the event loop. Asserted by counts: steps between two turns of the loop.
import { collect, data, reader, readText, toBody } from '@sluice/body'
import { pullFrom, TurnSampler, yieldTurnThen } from '@sluice/body/engine'
import { filter, mapText, pipe, through } from '@sluice/filter'
import { encodeEvents } from '@sluice/sse'
import { stream } from '@sluice/stack'
import { coalesce, share, spool } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '../support/parsing/cuts.ts'
import { serving } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame, Body } from '@sluice/body'

/** Milliseconds of CPU that a step takes: a third of what a turn has for bodies. */
const stepMs = 3

const compute = (): void => {
  const until = performance.now() + stepMs
  while (performance.now() < until);
}

/** The most steps that one turn may hold: what fits into 10 ms, and what two looks at the clock may miss. */
const mostSteps = 6

/** Runs, and gives how many steps each turn of the event loop had, from a count that the steps raise. */
const stepsOfTurns = async (run: (step: () => void) => Promise<unknown>): Promise<number[]> => {
  const turns: number[] = []
  let steps = 0
  let over = false
  const next = () => {
    turns.push(steps)
    steps = 0
    if (!over) setImmediate(next)
  }
  setImmediate(next)
  try {
    await within(
      60_000,
      run(() => {
        compute()
        steps++
      }),
    )
  } finally {
    over = true
    await turn(2)
  }
  return turns
}

const most = (turns: readonly number[]): number => Math.max(...turns)

type Source = (step: () => void, count: number) => Iterable<unknown> | AsyncIterable<unknown>

const sources: Readonly<Record<string, Source>> = {
  *'a generator of texts'(step, count) {
    for (let i = 0; i < count; i++) {
      step()
      yield 'text\n'
    }
  },
  async *'an async generator that never waits'(step, count) {
    for (let i = 0; i < count; i++) {
      step()
      yield 'text\n'
    }
  },
  *'a generator of empty texts'(step, count) {
    for (let i = 0; i < count; i++) {
      step()
      yield ''
    }
  },
  async *'an async generator of empty frames'(step, count) {
    for (let i = 0; i < count; i++) {
      step()
      yield data(new Uint8Array())
    }
  },
  *'a generator of flushes'(step, count) {
    for (let i = 0; i < count; i++) {
      step()
      yield { kind: 'flush' }
    }
  },
}

const asItIs = (body: Body<AnyFrame>) => body

/** An async iterable of frames is a body as it is; `toBody` would skip its empty frames. */
const bodyOf = (from: string, source: ReturnType<Source>): Body<AnyFrame> =>
  Reflect.apply(from.endsWith('empty frames') ? asItIs : toBody, undefined, [source])

type Reading = (body: Body<AnyFrame>) => Promise<unknown>

const nothing = filter('nothing', () => ({ data: () => undefined }))

const forAwait: Reading = async (body) => {
  for await (const _ of body);
}

const readings: Readonly<Record<string, Reading>> = {
  collect: (body) => collect(body),
  'for await': forAwait,
  'for await, behind a filter': (body) => forAwait(mapText((part) => part)(body)),
  'lines of a reader': async (body) => {
    for await (const _ of reader(body).lines());
  },
  'exact reads of a reader': async (body) => {
    const from = reader(body)
    while ((await from.peek(1)).length > 0) await from.readExactly(1)
  },
  'coalesce, which holds all': (body) => collect(coalesce({ minBytes: 1_000_000 })(body)),
  'a filter that drops all': (body) => collect(nothing(body)),
  'mapText and coalesce': (body) =>
    readText(
      pipe(
        body,
        mapText((part) => part),
        coalesce({ minBytes: 60 }),
      ),
    ),
  through: (body) => collect(through(() => new TransformStream())(body)),
  'encodeEvents, which skips empty data': (body) => collect(encodeEvents(body)),
  share: (body) => {
    const shared = share(body)
    return Promise.all([collect(shared.reader()), collect(shared.reader())])
  },
  spool: async (body) => spool()(body),
}

const Loops = suite('law 12: loops over frames')

for (const [from, makeSource] of Object.entries(sources)) {
  for (const [by, read] of Object.entries(readings)) {
    // Nothing of ours would be in it.
    if (from.endsWith('empty frames') && by === 'for await') continue
    Loops(`${from}, read by ${by}`, async () => {
      const turns = await stepsOfTurns((step) => read(bodyOf(from, makeSource(step, 40))))
      assert.is(
        turns.reduce((sum, each) => sum + each, 0),
        40,
      )
      assert.ok(most(turns) <= mostSteps, `${most(turns)} steps in a turn`)
    })
  }
}

Loops('steps that become slow after 200 fast ones are found out after 32', async () => {
  let fast = 200
  const turns = await stepsOfTurns((step) =>
    collect(
      toBody(
        (function* () {
          while (fast-- > 0) yield 'fast'
          for (let i = 0; i < 40; i++) {
            step()
            yield 'slow'
          }
        })(),
      ),
    ),
  )
  assert.ok(most(turns) <= 32 + mostSteps, `${most(turns)} steps in a turn`)
})

Loops.run()

const Shared = suite('law 12: one budget for all bodies')

Shared('five bodies at once have one turn together, and go on in order', async () => {
  const bodies = 5
  const each = 20
  const order: number[] = []
  const turns = await stepsOfTurns((step) => {
    const slow = function* (who: number) {
      for (let i = 0; i < each; i++) {
        step()
        order.push(who)
        yield 'text'
      }
    }
    return Promise.all(Array.from({ length: bodies }, (_, who) => collect(toBody(slow(who)))))
  })
  // Each has one step before it can be told to wait.
  assert.ok(most(turns) <= bodies + mostSteps, `${most(turns)} steps in a turn`)
  // None is ahead of another by more than a turn's steps.
  const counts = Array.from({ length: bodies }, () => 0)
  for (const who of order) {
    counts[who] = (counts[who] ?? 0) + 1
    const open = counts.filter((count) => count < each)
    if (open.length === bodies)
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 2 * mostSteps, counts.join())
  }
})

Shared(
  'yieldTurnThen calls back in order, after timers and I/O, and never at the call',
  async () => {
    const order: string[] = []
    setImmediate(() => order.push('turn'))
    for (let i = 0; i < 3; i++) yieldTurnThen(() => order.push(String(i)))
    order.push('call')
    await turn(2)
    assert.equal(order, ['call', 'turn', '0', '1', '2'])
  },
)

Shared('loops that wait go on in later turns once a turn is over', async () => {
  const turns = await stepsOfTurns(
    (step) =>
      new Promise<void>((resolve) => {
        let left = 30
        for (let i = 0; i < 30; i++)
          yieldTurnThen(() => {
            step()
            if (--left === 0) resolve()
          })
      }),
  )
  assert.ok(most(turns) <= mostSteps, `${most(turns)} steps in a turn`)
})

Shared('a sampler looks at the clock once in 32 fast frames', () => {
  const { now } = performance
  let looks = 0
  let clock = now.call(performance)
  performance.now = () => {
    looks++
    return clock
  }
  try {
    const sampler = new TurnSampler()
    for (let i = 0; i < 16_000; i++) {
      clock += 0.0001
      assert.is(sampler.isTurnOver(), false)
    }
  } finally {
    performance.now = now
  }
  assert.ok(looks <= 510, `${looks} looks`)
})

Shared.run()

const Serving = suite('law 12: the server')

for (const [name, body] of Object.entries({
  'a generator': (source: Iterable<string>) => stream(source as never),
  'a generator behind mapText and coalesce': (source: Iterable<string>) =>
    stream(
      pipe(
        toBody(source),
        mapText((part) => part),
        coalesce({ minBytes: 30 }),
      ),
    ),
})) {
  Serving(
    `a response of ${name}: another client is answered meanwhile, and flushed bytes do not wait`,
    serving(async (start) => {
      let steps = 0
      const slow = function* () {
        for (; steps < 60; steps++) {
          compute()
          yield 'ten bytes\n'
        }
      }
      const site = await start(({ target }) => (target === '/slow' ? body(slow()) : stream('fast')))
      const client = await site.connect()
      client.send('GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      await client.takeTo('ten bytes')
      assert.ok(steps < 60, 'bytes come before the source has ended')
      await site.ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      assert.ok(steps < 60, 'the other client was answered before the source had ended')
      await client.takeRest()
      assert.is(steps, 60)
    }),
  )
}

Serving(
  'a response of pauses whose promise is settled: another client is answered meanwhile',
  serving(async (start) => {
    let pauses = 0
    const pausing = async function* () {
      yield 'one'
      for (; ; pauses++) {
        if (pauses > 1_000_000) throw new Error('no other code has run')
        yield { kind: 'pause', until: Promise.resolve() } as const
      }
    }
    const site = await start(({ target }) => stream(target === '/slow' ? pausing() : 'fast'))
    const client = await site.connect()
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await client.takeTo('one')
    await site.ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.ok(pauses <= 1_000_000)
    client.reset()
  }),
)

Serving.run()

const Bytes = suite('law 12: bytes stay the same')

Bytes('a body that yields often gives all its frames in order', async () => {
  const wanted = Array.from({ length: 50 }, (_, i) => data(utf8(String(i))))
  const source = pullFrom(toBody(wanted))
  const found: AnyFrame[] = []
  for await (const frame of {
    [Symbol.asyncIterator]: () => toBody(wanted)[Symbol.asyncIterator](),
  }) {
    compute()
    found.push(frame)
  }
  assert.is(found.length, 50)
  assert.ok(found.every((frame, i) => frame === wanted[i]))
  await source.close()
})

Bytes.run()
