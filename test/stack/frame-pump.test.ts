// The pump of all hosts, into a sink that counts.
import { data, toBody } from '@sluice/body'
import { noBytes, pullFrom } from '@sluice/body/engine'
import { FramePump } from '@sluice/stack/host'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { turn } from '../support/within.ts'
import type { AnyFrame, Pause } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from '@sluice/stack/host'

class CountingSink implements FrameSink {
  hasRoom = true
  holdsData = false
  writes = 0
  readonly held: Uint8Array[] = []
  readonly endings: BodyFailure[] = []
  /** What `hold` returns. */
  left: () => Uint8Array | undefined = () => undefined

  hold(bytes: Uint8Array): Uint8Array | undefined {
    this.held.push(bytes)
    return this.left()
  }

  write(): void {
    this.writes++
  }

  flush(): void {}
  trailers(): void {}
  end(): void {}
  drop(): void {}

  ended(failure: BodyFailure): void {
    this.endings.push(failure)
  }
}

/** A source of endless frames. It fails if no other code has run before the frame `most`, so that a mistake ends. */
const endless = (pulled: (frame: number) => ReturnType<Pull<AnyFrame>['pull']>, most = 10_000) => {
  const source = {
    frames: 0,
    closes: 0,
    pull(): ReturnType<Pull<AnyFrame>['pull']> {
      if (++source.frames > most) throw new Error('no other code has run')
      return pulled(source.frames)
    },
    close() {
      source.closes++
    },
  }
  return source
}

/** Takes a millisecond of CPU. */
const compute = (): void => {
  const until = performance.now() + 1
  while (performance.now() < until);
}

const nothingMuch = { kind: 'nothing much' } as const
const settled: Pause = { kind: 'pause', until: Promise.resolve() }

const fair = suite('FramePump: fairness')

/** Frames that never wait, and that no write interrupts. */
const neverWaiting = {
  'frames that are there': () => nothingMuch,
  'promises that are fulfilled': () => Promise.resolve(nothingMuch),
  'pauses whose promise is fulfilled': () => settled,
  'one after the other': (frame: number) =>
    [nothingMuch, Promise.resolve(nothingMuch), settled][frame % 3],
}

for (const [name, pulled] of Object.entries(neverWaiting)) {
  fair(`a body of ${name} lets other code run`, async () => {
    const source = endless((frame) => {
      compute()
      return pulled(frame)
    }, 1000)
    const sink = new CountingSink()
    const pump = new FramePump(source, sink)
    pump.pump()
    const { frames } = source
    while (source.frames <= frames && sink.endings.length === 0) await turn()
    assert.equal(sink.endings, [])
    pump.close()
    assert.is(source.closes, 1)
  })
}

fair('after 16 writes other code runs, however fast they were', async () => {
  const source = endless(() => data(new Uint8Array(8)))
  const sink = new CountingSink()
  sink.left = () => noBytes
  const pump = new FramePump(source, sink)
  await turn(2)
  pump.pump()
  const { writes } = sink
  assert.ok(writes > 0 && writes <= 16, `${writes} writes`)
  while (sink.writes === writes) await turn()
  assert.ok(sink.writes <= 2 * 16, `${sink.writes} writes`)
  pump.close()
})

fair.run()

const closing = suite('FramePump: a sink that closes it')

closing('inside `hold`, is given nothing more, and the source is closed once', () => {
  for (const left of [undefined, noBytes, new Uint8Array(3)]) {
    const source = endless(() => data(new Uint8Array(8)))
    const sink = new CountingSink()
    const pump = new FramePump(source, sink)
    sink.left = () => {
      pump.close()
      return left
    }
    pump.pump()
    sink.hasRoom = true
    pump.pump()
    assert.is(sink.held.length, 1)
    assert.equal([source.frames, source.closes], [1, 1])
    assert.equal(sink.endings, [])
  }
})

closing.run()

const parts = suite('FramePump: frames too large for a sink')

parts('what is left is given again, when there is room', async () => {
  const sink = new CountingSink()
  const pump = new FramePump(pullFrom(toBody('0123456789')), sink)
  let taken = 0
  sink.left = () => {
    taken += 4
    sink.hasRoom = false
    return taken < 10 ? new Uint8Array(10 - taken) : undefined
  }
  for (const lengths of [[10], [10, 6], [10, 6, 2]]) {
    sink.hasRoom = true
    pump.pump()
    assert.equal(
      sink.held.map(({ length }) => length),
      lengths,
    )
  }
  assert.equal(sink.endings, [undefined])
})

parts.run()
