// Law 3: code that holds or drops a pause observes its promise, so that a rejection is never an unhandled one.
import { data, reader, readText, toBody } from '@sluice/body'
import { fromPull, loseFrame, observePause, pullFrom } from '@sluice/body/engine'
import { brotli, deflate, gzip } from '@sluice/compress'
import { frameFilter, mapText, pipe, through } from '@sluice/filter'
import { autoFlush, flush, throttleFlush } from '@sluice/flush'
import { heartbeat } from '@sluice/pause'
import { stream } from '@sluice/stack'
import { coalesce, share, writer, writing } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Frame, Pause } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

const failure = new Error('the job failed')

/** A pause, and what makes it reject. */
const failingPause = () => {
  const job = deferred()
  const frame: Pause = { kind: 'pause', until: job.promise }
  return { frame, fail: () => job.reject(failure) }
}

/** Runs, and asserts that no rejection was left unhandled. */
const withoutUnhandled = async (run: () => Promise<void>): Promise<void> => {
  const rejections = watchRejections()
  try {
    await within(5000, run())
    await turn(3)
  } finally {
    rejections.stop()
  }
  assert.equal(rejections.reasons, [])
}

/** A pause whose promise rejects a turn after it was made. */
const soonFailing = (): Pause => ({
  kind: 'pause',
  until: turn().then(() => {
    throw failure
  }),
})

/** Reads a body as a slow client does: after each frame but a pause it is away for some turns. */
const readSlowly = async (source: Pull<AnyFrame>): Promise<void> => {
  for (;;) {
    const frame = await source.pull()
    if (frame === undefined) return
    if (frame.kind === 'pause' && 'until' in frame) await frame.until
    else await turn(5)
  }
}

type AnyFilter = (body: Body<AnyFrame>) => Body<AnyFrame>

/** Gives each pause back with the frame after it. */
const oneLate = () => {
  let held: AnyFrame | undefined
  return frameFilter('oneLate', () => ({
    frame(frame) {
      const before = held
      held = frame.kind === 'pause' ? frame : undefined
      if (held !== undefined) return before
      return before === undefined ? frame : [before, frame]
    },
    end: () => held,
  }))
}

const filters: Readonly<Record<string, () => AnyFilter>> = {
  none: () => (body) => body,
  gzip: () => gzip(),
  deflate: () => deflate(),
  brotli: () => brotli(),
  coalesce: () => coalesce({ minBytes: 1000 }),
  throttleFlush: () => throttleFlush({ everyMs: 60_000 }),
  autoFlush: () => autoFlush({ maxBytes: 1 }),
  mapText: () => mapText((part) => part),
  heartbeat: () => heartbeat({ everyMs: 60_000, bytes: ' ' }),
  through: () => through(() => new TransformStream()),
  'a frame filter that keeps a pause': oneLate,
  'a frame filter that answers an array': () =>
    frameFilter('array', () => ({
      frame: (frame) => (frame.kind === 'pause' ? [data(utf8('before')), frame] : frame),
    })),
  'a frame filter that answers later': () =>
    frameFilter('later', () => ({
      frame: async (frame) => {
        if (frame.kind === 'pause') await turn(5)
        return frame
      },
    })),
  'a generator that holds every frame for some turns': () =>
    async function* (body) {
      for await (const frame of body) {
        await turn(5)
        yield frame
      }
    },
  'a stage, in front of a generator that holds every frame': () => (body) =>
    pipe(body, autoFlush(), async function* (source) {
      for await (const frame of source) {
        await turn(5)
        yield frame
      }
    }),
  share: () => (body) => share(body).reader(),
}

/** Ways in which a body can come by a flush, text and a pause that will reject. */
const sources: Readonly<Record<string, () => Body<AnyFrame>>> = {
  'a generator': () =>
    toBody(
      (function* () {
        yield 'text'
        yield flush
        yield 'more'
        yield soonFailing()
      })(),
    ),
  'an async generator of frames, through toBody': () =>
    toBody(
      (async function* () {
        yield data(utf8('text'))
        yield flush
        yield data(utf8('more'))
        yield soonFailing()
      })(),
    ),
  'an array': () => toBody(['text', flush, 'more', soonFailing()]),
  'a batch': () => toBody([['text', 'more', soonFailing()] as never]),
}

const Holding = suite('a pause that is held while it rejects')

for (const [from, makeSource] of Object.entries(sources)) {
  for (const [name, makeFilter] of Object.entries(filters)) {
    const where = `from ${from}, behind ${name}`
    Holding(`${where}: the reader gets the reason, and nothing is unhandled`, () =>
      withoutUnhandled(async () => {
        const source = pullFrom(makeFilter()(makeSource()))
        await rejects(() => readSlowly(source), failure)
        await source.close()
      }),
    )
    Holding(`${where}: a reader leaves after its first frame, and nothing is unhandled`, () =>
      withoutUnhandled(async () => {
        const source = pullFrom(makeFilter()(makeSource()))
        await source.pull()
        await source.close()
        await turn(5)
      }),
    )
  }
}

Holding.run()

const Writing = suite('a pause of a writer')

for (const leaves of [false, true]) {
  Writing(`waits for a ${leaves ? 'reader that leaves' : 'slow reader'}`, () =>
    withoutUnhandled(async () => {
      const { body, write, pause } = writer()
      const { frame, fail } = failingPause()
      write('text')
      pause(frame.until)
      const source = pullFrom(body)
      await source.pull()
      if (leaves) await source.close()
      fail()
      await turn(5)
      const after = await source.pull()
      if (leaves) assert.is(after, undefined)
      else await rejects(() => after?.kind === 'pause' && after.until, failure)
    }),
  )
}

Writing('is refused after finish', () =>
  withoutUnhandled(async () => {
    const { pause, finish } = writer()
    const { frame, fail } = failingPause()
    finish()
    await rejects(() => pause(frame.until), 'WRITE_AFTER_END')
    fail()
  }),
)

Writing('of a work whose reader has left', () =>
  withoutUnhandled(async () => {
    const { frame, fail } = failingPause()
    const left = deferred()
    const source = pullFrom(
      writing(async (out) => {
        await out.write('text')
        await left.promise
        await out.pause(frame.until)
      }),
    )
    await source.pull()
    await source.close()
    left.resolve()
    await turn(2)
    fail()
  }),
)

Writing.run()

const Dropping = suite('a pause that is dropped')

Dropping('comes from a generator after its body was closed', () =>
  withoutUnhandled(async () => {
    const { frame, fail } = failingPause()
    const closed = deferred()
    const late = async function* (): AsyncGenerator<Frame | string> {
      yield 'text'
      await closed.promise
      yield frame
    }
    for (const read of [
      pullFrom,
      (body: Body<AnyFrame>) => pullFrom(mapText((part) => part)(body)),
    ]) {
      const source = read(toBody(late()))
      await source.pull()
      const pending = source.pull()
      const closing = source.close()
      closed.resolve()
      fail()
      assert.is(await pending, undefined)
      await closing
    }
  }),
)

Dropping('stands in an answer that was there at once but for its pause', () =>
  withoutUnhandled(async () => {
    const { frame, fail } = failingPause()
    const iterator = toBody(['text', frame])[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.return?.()
    fail()
  }),
)

Dropping('comes from a pull body made by hand, to an iterator that was left', () =>
  withoutUnhandled(async () => {
    const { frame, fail } = failingPause()
    const answer = deferred<AnyFrame>()
    const iterator = fromPull(() => ({ pull: () => answer.promise, close() {} }))[
      Symbol.asyncIterator
    ]()
    const asked = iterator.next()
    await iterator.return?.()
    answer.resolve(frame)
    fail()
    assert.is((await asked).done, true)
  }),
)

Dropping('fails a reader of bytes once, and is not unhandled after it', () =>
  withoutUnhandled(async () => {
    const { frame, fail } = failingPause()
    const lines = reader(toBody(['one\n', frame, 'two\n']))
    assert.is(await lines.readLine(), 'one')
    const next = lines.readLine()
    await lines.close()
    fail()
    await rejects(() => next, 'BODY_USED')
  }),
)

Dropping.run()

const Disposing = suite('loseFrame, observePause')

Disposing('a lost frame of an unknown kind has its receipt told and its promise observed', () =>
  withoutUnhandled(async () => {
    const job = deferred()
    let lost: unknown
    const frame = { kind: 'mark', until: job.promise, sent: (reason: unknown) => (lost = reason) }
    loseFrame(frame, 'a test drops it')
    job.reject(failure)
    assert.match(String(lost), /a test drops it/)
  }),
)

Disposing('a reader of bytes loses frames of unknown kinds', async () => {
  let lost: unknown
  const frame = { kind: 'mark', sent: (reason: unknown) => (lost = reason) }
  assert.is(await readText(toBody(['a', frame, 'b'])), 'ab')
  assert.match(String(lost), /read as bytes/)
})

Disposing('a thenable that is no promise is not started by being observed', () => {
  let starts = 0
  // biome-ignore lint/suspicious/noThenProperty: a query that starts with each `then`
  const query = { then: () => starts++, [Symbol.toStringTag]: 'Promise' }
  observePause({ kind: 'pause', until: query } as never)
  observePause({ kind: 'pause', until: undefined } as never)
  assert.is(starts, 0)
})

Disposing(
  'receipts in a plain array are told when its body is left, and when it fails',
  async () => {
    for (const pieces of [
      ['a', 'flush'],
      [['a', 'flush']],
      ['a', 5, 'flush'],
      ['a', 5, ['flush']],
    ]) {
      const lost: unknown[] = []
      const frame: Frame = { kind: 'flush', sent: (reason) => lost.push(reason) }
      const put = (piece: unknown): unknown =>
        Array.isArray(piece) ? piece.map(put) : piece === 'flush' ? frame : piece
      const source = pullFrom(toBody(pieces.map(put) as never))
      await source.pull()
      if (pieces.includes(5 as never)) await rejects(() => source.pull(), 'BODY_INVALID')
      else await source.close()
      await turn()
      assert.is(lost.length, 1)
      assert.match(String(lost[0]), /closed before/)
    }
  },
)

Disposing.run()

const Serving = suite('a pause that rejects while a client is away')

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

Serving(
  'the client resets while the generator waits, whose next frame is a pause that has rejected',
  serving(async (start) => {
    const gone = deferred()
    let after = false
    const site = await start(({ client }) => {
      client.signal.addEventListener('abort', () => gone.resolve())
      return stream(
        (async function* () {
          yield 'head'
          yield flush
          await gone.promise
          yield { kind: 'pause', until: Promise.reject(failure) } as Frame
          after = true
        })(),
      )
    })
    const client = await site.connect()
    client.send(get)
    await client.takeTo('head')
    client.socket.resetAndDestroy()
    await within(5000, gone.promise)
    await turn(10)
    assert.is(after, false)
    assert.equal(site.told, [])
  }),
)

Serving(
  'a client that stops reading: the pause behind a full socket rejects, and onError gets the reason',
  serving(async (start) => {
    const { frame, fail } = failingPause()
    const site = await start(() =>
      stream(
        coalesce({ minBytes: 2 ** 24 })(
          toBody(
            (function* () {
              for (let i = 0; i < 200; i++) yield 'x'.repeat(65_536)
              yield frame
            })(),
          ),
        ),
      ),
    )
    const client = await site.connect()
    client.send(get)
    await client.takeTo('200 OK')
    client.socket.pause()
    await turn(20)
    fail()
    await turn(20)
    client.socket.resume()
    await within(10_000, client.ending)
    assert.equal(site.told, [failure])
  }),
)

Serving.run()
