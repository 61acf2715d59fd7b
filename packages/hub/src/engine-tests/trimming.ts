import { expectEqual, expectThat } from './expect.ts'
import { keepAll, range, readAll, recordsOf, seqsOf, textsOf, topic } from './samples.ts'
import { pause } from './trial.ts'
import type { KeepLimits } from '../engine/engine.ts'
import type { Connected, EngineCase } from './trial.ts'

const keeping = (keep: Partial<KeepLimits>) => ({ keep: { ...keepAll.keep, ...keep } })

const expectKept = async (one: Connected, wanted: readonly number[]): Promise<void> => {
  const page = await one.read(topic, 0, readAll)
  expectEqual('the numbers that are kept', seqsOf(page), wanted)
  const { first, last } = page.state
  expectEqual('the state', { first, last }, { first: wanted[0], last: wanted.at(-1) })
}

export const trimming: readonly EngineCase[] = [
  {
    name: 'limits and times to live may be infinite',
    async run(trial) {
      const one = trial.connect()
      const keep = keeping({
        entries: Number.POSITIVE_INFINITY,
        bytes: Number.POSITIVE_INFINITY,
        ms: Number.POSITIVE_INFINITY,
      })
      for (const text of ['a', 'b']) await one.append(topic, recordsOf(text), keep)
      await expectKept(one, [1, 2])
      await one.swap('r:1', { expected: undefined, next: 'a', ttlMs: Number.POSITIVE_INFINITY })
      const found = await one.swap('r:1', { expected: undefined, next: undefined })
      expectEqual('the register', found, 'a')
    },
  },
  {
    name: 'keep.entries is the number of records that are kept, the newest',
    async run(trial) {
      const one = trial.connect()
      for (const seq of range(1, 5))
        await one.append(topic, recordsOf(String(seq)), keeping({ entries: 3 }))
      await expectKept(one, [3, 4, 5])
      expectEqual('the text', textsOf(await one.read(topic, 3, readAll)), ['4', '5'])
    },
  },
  {
    name: 'a batch of more than keep.entries keeps its end',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a', 'b', 'c', 'd', 'e'), keeping({ entries: 2 }))
      await expectKept(one, [4, 5])
    },
  },
  {
    name: 'keep.bytes is the sum of bytes of the records that are kept',
    async run(trial) {
      const one = trial.connect()
      for (const text of ['1234', '12', '1234'])
        await one.append(topic, recordsOf(text), keeping({ bytes: 10 }))
      await expectKept(one, [1, 2, 3])
      await one.append(topic, recordsOf('1'), keeping({ bytes: 10 }))
      await expectKept(one, [2, 3, 4])
      await one.append(topic, recordsOf('123456'), keeping({ bytes: 10 }))
      await expectKept(one, [4, 5])
    },
  },
  {
    name: 'bytes are counted, not characters',
    async run(trial) {
      const one = trial.connect()
      for (const text of ['éé', 'éé', '€'])
        await one.append(topic, recordsOf(text), keeping({ bytes: 7 }))
      await expectKept(one, [2, 3])
    },
  },
  {
    name: 'the newest record is kept though it alone is over keep.bytes',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('1', '2', '123456'), keeping({ bytes: 5 }))
      await expectKept(one, [3])
      await one.append(topic, recordsOf('1'), keeping({ bytes: 5 }))
      await expectKept(one, [4])
    },
  },
  {
    name: 'the limits of an append hold for older records too',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a', 'b', 'c', 'd'), keepAll)
      await one.append(topic, recordsOf('e'), keeping({ entries: 2 }))
      await expectKept(one, [4, 5])
      await one.append(topic, recordsOf('f', 'g'), keepAll)
      await expectKept(one, [4, 5, 6, 7])
    },
  },
  {
    name: 'a record is kept for keep.ms, then it is trimmed, and newer ones are not',
    async run(trial) {
      const one = trial.connect()
      const ms = 1_000
      const oldAt = performance.now()
      await one.append(topic, recordsOf('old'), keeping({ ms }))
      await pause(ms / 2)
      const newAt = performance.now()
      await one.append(topic, recordsOf('new'), keeping({ ms }))
      let ageMs = 0
      let texts: readonly string[] = []
      do {
        await pause(20)
        texts = textsOf(await one.read(topic, 0, readAll))
        ageMs = performance.now() - newAt
        // The clock of the store may differ a little.
        if (ageMs < ms - 50) expectEqual('the newest', texts.at(-1), 'new')
        // The store may look seldom.
        const oldAgeMs = performance.now() - oldAt
        expectThat('the old one', oldAgeMs < ms + trial.timeoutMs, texts, 'trimmed')
      } while (texts[0] === 'old' || ageMs < ms)
    },
  },
  {
    name: 'a log of which all is too old is empty, and its numbers are not given again',
    async run(trial) {
      const one = trial.connect()
      const before = await one.append(topic, recordsOf('a', 'b', 'c'), keeping({ ms: 100 }))
      await trial.until(
        'the log is empty',
        async () => (await one.read(topic, 0, readAll)).records.length === 0,
        () => 'records',
      )
      const { first, last } = (await one.read(topic, 0, readAll)).state
      expectEqual('the first number of an empty log', first, last + 1)
      const after = await one.append(topic, recordsOf('d'), keepAll)
      if (before.kind !== 'appended' || after.kind !== 'appended') return
      expectThat(
        'the next append',
        after.epoch === before.epoch ? after.seq === 4 : after.seq >= 1,
        after,
        'the number 4, or another epoch',
      )
      const page = await one.read(topic, after.seq - 1, readAll)
      expectEqual('what is read', textsOf(page), ['d'])
    },
  },
  {
    name: 'a log with longer keep.ms outlives what an earlier append said',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a'), keeping({ ms: 300 }))
      await one.append(topic, recordsOf('b'), keepAll)
      await pause(600)
      expectEqual('the newest', textsOf(await one.read(topic, 0, readAll)).at(-1), 'b')
    },
  },
]
