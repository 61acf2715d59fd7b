// @seconds 240
// @slow 25
// @waits
// How the laws kit is called, and what it can be told of a filter.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat, data, isData, isFlush } from '@sluice/body'
import { isPromiseLike } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { checkLaws, laws, lawTests, reportText } from '@sluice/laws'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import type { AnyFrame, Body } from '@sluice/body'
import type { LawOptions } from '@sluice/laws'

const same = (body: Body<AnyFrame>): Body<AnyFrame> => body

async function* plain(body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
  for await (const frame of body) if (!isData(frame) || frame.bytes.length > 0) yield frame
}

const brokenBy = async (
  make: () => (body: Body<AnyFrame>) => Body<AnyFrame>,
  options: LawOptions = {},
): Promise<readonly number[]> => {
  const { broken } = await checkLaws(make, { seed: 1, runs: 40, timeoutMs: 20_000, ...options })
  return broken.map(({ law }) => law)
}

const calls = suite('laws: calls')

calls(
  'a body that passes as it is keeps all',
  leavingNothing(() => laws(() => same)),
)
calls(
  'a plain generator keeps all',
  leavingNothing(() => laws(() => plain)),
)

calls('a generator keeps all that is an iterable object', () =>
  laws(() => (body) => ({ [Symbol.asyncIterator]: () => plain(body) })),
)

calls('a time-out of as long as a timer holds is not over at once', async () => {
  assert.equal(await brokenBy(() => same, { timeoutMs: 2 ** 31 - 1, runs: 5 }), [])
})

calls('the twelve laws are twelve tests, in order and named', async () => {
  const tests = lawTests(() => plain)
  assert.equal(
    tests.map(({ law }) => law),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )
  assert.is(
    tests[0]?.name,
    'law 1, order: frames leave in the order in which they came, in the body in which they came',
  )
  for (const { run } of tests) await run()
})

calls('a report names the filter, the seed and the laws kept', async () => {
  const report = await checkLaws(() => plain, { seed: 7, runs: 3 })
  assert.equal(report, {
    filter: 'plain',
    seed: 7,
    kept: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    broken: [],
  })
  assert.is(reportText(report), 'plain keeps 12 of 12 frame laws (seed 7)')
})

calls('the filter is named by its function or by an option', async () => {
  const nameOf = async (options: LawOptions) =>
    (await checkLaws(() => plain, { runs: 1, ...options })).filter
  assert.is(await nameOf({}), 'plain')
  assert.is(await nameOf({ name: 'mine' }), 'mine')
})

calls(
  'the same seed makes the same report, and a seed is made up where there is none',
  async () => {
    const backwards = () => filter('backwards', () => ({ data: (bytes) => bytes.toReversed() }))
    const first = await checkLaws(backwards, { seed: 12 })
    assert.equal(await checkLaws(backwards, { seed: 12 }), first)
    assert.is.not(first.broken.length, 0)
    const { seed } = await checkLaws(backwards, { runs: 1 })
    assert.ok(Number.isInteger(seed))
  },
)

calls('runs is the number of bodies for each law', async () => {
  let made = 0
  const [trailers] = lawTests(
    () => {
      made++
      return plain
    },
    { runs: 40 },
  ).filter(({ law }) => law === 4)
  made = 0
  await trailers?.run()
  // One body each; at last one byte by byte, one that fails, eight that end within something, and each list of fields
  // behind some bytes and behind none.
  assert.is(made, 40 + 1 + 1 + 8 + 2 * 4)
})

calls('a filter that cannot be made, or throws, breaks laws', async () => {
  const fails = (): never => {
    throw new TypeError('no filter today')
  }
  const { broken } = await checkLaws(fails, { seed: 1, runs: 2 })
  assert.match(broken[0]?.found ?? '', /it failed by itself: TypeError: no filter today/)
  assert.ok((await brokenBy(() => fails, { runs: 2 })).length > 0)
})

calls('a filter that hangs breaks laws, and does not hold the test up', async () => {
  async function* hangs(body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
    for await (const frame of plain(body)) {
      if (isFlush(frame)) await new Promise(() => {})
      yield frame
    }
  }
  const [, test] = lawTests(() => hangs, { seed: 1, timeoutMs: 50, runs: 10 })
  const { message } = await rejects(async () => test?.run(), 'LAW_BROKEN')
  assert.match(message, /nothing came within 50 ms/)
})

calls('a filter that gives frames for ever breaks laws', async () => {
  async function* forEver(body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
    yield* body
    for (;;) yield data(Uint8Array.of(1))
  }
  const [, , , test] = lawTests(() => forEver, { timeoutMs: 50, runs: 1 })
  const { message } = await rejects(async () => test?.run(), 'LAW_BROKEN')
  assert.match(message, /nothing came within 50 ms/)
})

for (const [name, options, wanted] of [
  ['runs of 0', { runs: 0 }, RangeError],
  ['runs of half a body', { runs: 1.5 }, RangeError],
  ['no time', { timeoutMs: 0 }, RangeError],
  ['a seed that is no whole number', { seed: 0.5 }, RangeError],
  ['fewer bytes held than none', { maxHeldBytes: -1 }, RangeError],
  ['fewer held over a flush than none', { maxHeldOverFlushBytes: -1 }, RangeError],
  ['a body of fewer bytes than none', { maxBodyBytes: -1 }, RangeError],
  ['no inputs', { inputs: [] }, RangeError],
  ['showsCuts without decode', { showsCuts: true }, TypeError],
] as const)
  calls(`${name}: refused, by lawTests at the call`, async () => {
    throwsAtOnce(() => lawTests(() => same, options), wanted)
    await rejects(() => laws(() => same, options), wanted)
    await rejects(() => checkLaws(() => same, options), wanted)
  })

calls.run()

const options = suite('laws: options')

/** Joins small frames; what is small is an option. */
const joining = (minBytes: number) => () =>
  filter('joining', () => {
    let held: Uint8Array = new Uint8Array()
    const release = () => {
      const bytes = held
      held = new Uint8Array()
      return bytes
    }
    return {
      data(bytes) {
        held = concat([held, bytes])
        return held.length < minBytes ? undefined : release()
      },
      release,
    }
  })

options('maxHeldBytes: at the bound it passes, one under is too little', async () => {
  assert.equal(await brokenBy(joining(4), { maxHeldBytes: 3 }), [])
  assert.equal(await brokenBy(joining(4), { maxHeldBytes: 2 }), [8])
  assert.equal(await brokenBy(joining(4)), [8])
  assert.equal(await brokenBy(joining(2000), { maxHeldBytes: 1999 }), [])
  assert.equal(await brokenBy(joining(2000), { maxHeldBytes: 1000 }), [8])
})

/** Gives bytes in pairs: half of one waits, over anything. */
const inPairs = () =>
  filter('inPairs', () => {
    let half: Uint8Array = new Uint8Array()
    return {
      data(bytes) {
        const all = Uint8Array.of(...half, ...bytes)
        const end = all.length - (all.length % 2)
        half = all.subarray(end)
        return all.subarray(0, end)
      },
      release(why) {
        if (why !== 'trailers' && why !== 'end') return undefined
        const last = half
        half = new Uint8Array()
        return last
      },
    }
  })

options('maxHeldOverFlushBytes: at the bound it passes, one under is too little', async () => {
  assert.equal(await brokenBy(inPairs, { maxHeldOverFlushBytes: 1, maxBodyBytes: 5000 }), [])
  assert.equal(await brokenBy(inPairs, { maxBodyBytes: 5000 }), [2, 3, 5])
})

/** A coder: what stands between two flushes is a line with its length. */
const inLines = (last: string) => () =>
  filter('inLines', () => {
    let held: readonly number[] = []
    const line = () => {
      const bytes = utf8(`${held.map((byte) => byte.toString(16)).join(' ')}\n`)
      held = []
      return bytes
    }
    return {
      data(bytes) {
        held = [...held, ...bytes]
        return undefined
      },
      release(why) {
        const bytes = held.length === 0 ? utf8('') : line()
        return why === 'end' || why === 'trailers' ? Uint8Array.of(...bytes, ...utf8(last)) : bytes
      },
    }
  })

const readLines = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(
    new TextDecoder().decode(bytes).replace('end', '').split(/\s+/).filter(Boolean),
    (hex) => Number.parseInt(hex, 16),
  )

const unheld = {
  maxHeldBytes: Number.POSITIVE_INFINITY,
  maxBodyBytes: 5000,
  refuses: ['trailers'],
} as const

options(
  'decode: a coder whose flushes show in its bytes is compared by what they mean',
  async () => {
    assert.equal(await brokenBy(inLines(''), { ...unheld, decode: readLines }), [])
    assert.equal(await brokenBy(inLines('end'), { ...unheld, decode: readLines }), [])
    assert.equal(await brokenBy(inLines(''), unheld), [7])
  },
)

options('decode: what cannot be read of what left before a flush was held', async () => {
  const readsWholeOnly = (bytes: Uint8Array) => {
    if (!new TextDecoder().decode(bytes).endsWith('end')) throw new Error('broken off')
    return readLines(bytes)
  }
  const broken = await brokenBy(inLines('end'), { ...unheld, decode: readsWholeOnly })
  assert.equal(broken, [2, 3, 5])
})

/** A line a frame. */
const framed = () =>
  filter('framed', () => ({
    data: (bytes) => utf8(`${Array.from(bytes, (byte) => byte.toString(16)).join(' ')}\n`),
  }))

options('showsCuts: frames may show in the bytes, and what they mean may not', async () => {
  assert.equal(await brokenBy(framed, { decode: readLines }), [7])
  assert.equal(await brokenBy(framed, { decode: readLines, showsCuts: true }), [])
  const lossy = () => (body: Body<AnyFrame>) =>
    framed()(filter('lossy', () => ({ data: (bytes) => bytes.subarray(0, 3) }))(body))
  assert.equal(await brokenBy(lossy, { decode: readLines, showsCuts: true }), [7])
})

const digitsOnly = () =>
  filter('digitsOnly', () => ({
    *data(bytes) {
      const end = bytes.findIndex((byte) => byte < 48 || byte > 57)
      yield end === -1 ? bytes : bytes.subarray(0, end)
      if (end !== -1) throw new RangeError(`found ${bytes[end]}, wanted a digit`)
    },
  }))

options('inputs: a list of what it takes, or what makes it of any bytes', async () => {
  const digits = (bytes: Uint8Array) => bytes.map((byte) => 48 + (byte % 10))
  assert.equal(await brokenBy(digitsOnly, { inputs: [utf8('0123'), utf8('9')] }), [])
  assert.equal(await brokenBy(digitsOnly, { inputs: digits }), [])
  const { broken } = await checkLaws(digitsOnly, { seed: 1 })
  assert.match(broken[0]?.found ?? '', /failed by itself: RangeError.*`inputs` says which/)
})

options('mayFail: it may fail by itself, alike however the bytes are cut', async () => {
  assert.equal(await brokenBy(digitsOnly, { mayFail: true }), [])
  const byFrame = () =>
    filter('byFrame', () => ({
      data(bytes) {
        if (bytes.length > 3) throw new RangeError('too long')
        return bytes
      },
    }))
  assert.equal(await brokenBy(byFrame, { mayFail: true }), [7])
})

options('maxBodyBytes: bodies that are longer are not given', async () => {
  const upTo = (maxBytes: number) => () =>
    filter('upTo', () => {
      let left = maxBytes
      return {
        data(bytes) {
          left -= bytes.length
          if (left < 0) throw new RangeError('too long')
          return bytes
        },
      }
    })
  assert.equal(await brokenBy(upTo(5000), { maxBodyBytes: 5000 }), [])
  assert.equal(await brokenBy(upTo(5000)), [2, 7])
})

options('refuses: such a kind is not given', async () => {
  const given = new Set<string>()
  async function* noting(body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
    for await (const frame of plain(body)) {
      given.add(frame.kind)
      yield frame
    }
  }
  await laws(() => noting, { refuses: ['pause', 'trailers', 'other'], runs: 20 })
  assert.equal([...given].sort(), ['data', 'flush'])
})

options('drops: a flush that is dropped has to be told so', async () => {
  const dropping = (tells: boolean) => () =>
    async function* (body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
      for await (const frame of plain(body))
        if (!isFlush(frame)) yield frame
        else if (tells) frame.sent?.(new Error('dropped'))
    }
  assert.equal(await brokenBy(dropping(true), { drops: ['flush'] }), [])
  assert.equal(await brokenBy(dropping(false), { drops: ['flush'] }), [2])
  assert.equal(await brokenBy(() => plain, { drops: ['flush'] }), [2])
})

options('adds: kinds of its own making may come, and the others may not be lost', async () => {
  const flushing = () =>
    async function* (body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
      for await (const frame of plain(body)) {
        yield frame
        if (isData(frame)) yield { kind: 'flush' }
      }
    }
  assert.equal(await brokenBy(flushing, { adds: ['flush'] }), [])
  assert.equal(await brokenBy(flushing), [2])
})

options.run()

const runners = suite('laws: runners')

runners(
  'a filter that keeps the laws passes under node:test, and one that does not fails',
  async () => {
    const { folder, discard } = scratchFolder('node_modules/.cache/sluice', 'laws-')
    try {
      const file = join(folder, 'laws.test.mjs')
      writeFileSync(
        file,
        `import { test } from 'node:test'
      import { lawTests } from '@sluice/laws'
      const pass = (body) => body
      async function* lossy(body) { for await (const frame of body) if (frame.kind !== 'pause') yield frame }
      for (const [name, make] of [['pass', () => pass], ['lossy', () => lossy]])
        for (const law of lawTests(make, { runs: 20, seed: 1 })) test(name + ' ' + law.law, law.run)`,
      )
      // Not by --test, which Node 24 does not let look into node_modules.
      const args = ['--test-reporter=tap', file]
      const { code, output } = await runProcess(process.execPath, args)
      assert.is(code, 1, output)
      const failed = [...output.matchAll(/^ *not ok \d+ - ((?:pass|lossy) \d+)$/gm)].map(
        ([, name]) => name,
      )
      assert.equal(failed, ['lossy 3'])
      assert.match(output, /Law 3, pause/)
    } finally {
      discard()
    }
  },
)

runners('its answer is a promise, and no runner is imported', () => {
  assert.ok(isPromiseLike(laws(() => same, { runs: 1 })))
})

runners.run()
