import { expectEqual, expectThat } from './expect.ts'
import { range } from './samples.ts'
import { pause } from './trial.ts'
import type { EngineCase } from './trial.ts'

const key = 'r:pause:one'
const long = 60_000
const short = 200

const reads = { expected: undefined, next: undefined }
const sets = (next: string, ttlMs: number) => ({ expected: undefined, next, ttlMs })

export const registering: readonly EngineCase[] = [
  {
    name: 'a register is set only if it has the expected value, and the value before is returned',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      expectEqual('no value', await one.swap(key, reads), undefined)
      expectEqual('before the first', await one.swap(key, sets('a', long)), undefined)
      expectEqual('a value that was not expected', await other.swap(key, sets('b', long)), 'a')
      expectEqual(
        'another value than expected',
        await other.swap(key, { expected: 'x', next: 'b', ttlMs: long }),
        'a',
      )
      expectEqual('the value is left', await one.swap(key, reads), 'a')
      expectEqual(
        'the expected value',
        await other.swap(key, { expected: 'a', next: 'b', ttlMs: long }),
        'a',
      )
      expectEqual('the new value', await one.swap(key, reads), 'b')
      expectEqual('another than expected', await one.swap(key, { ...reads, expected: 'a' }), 'b')
      expectEqual('the last', await one.swap(key, { ...reads, expected: 'b' }), 'b')
      expectEqual('removed', await other.swap(key, reads), undefined)
      expectEqual(
        'an expected value that is not there',
        await other.swap(key, { expected: 'b', next: 'c', ttlMs: long }),
        undefined,
      )
      expectEqual('it is not set', await one.swap(key, reads), undefined)
    },
  },
  {
    name: 'a register may hold any text',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const texts = [
        '',
        ' ',
        'null',
        '0',
        '\r\n',
        '\'"\\;%_*?{}',
        'é€😀',
        '\0',
        'x'.repeat(100_000),
      ]
      for (const [index, text] of texts.entries()) {
        const at = `r:${index}`
        await one.swap(at, sets(text, long))
        expectEqual('the text', await other.swap(at, reads), text)
        expectEqual('as expected', await other.swap(at, { ...reads, expected: text }), text)
        expectEqual('removed', await one.swap(at, reads), undefined)
      }
    },
  },
  {
    name: 'one of many swaps at once wins',
    async run(trial) {
      const connected = [trial.connect(), trial.connect()]
      for (const round of range(1, 5)) {
        const at = `r:${round}`
        const before = await Promise.all(
          range(0, 19).map((index) => connected[index % 2]?.swap(at, sets(String(index), long))),
        )
        const winners = before.flatMap((value, index) => (value === undefined ? [index] : []))
        expectEqual('those that found no value', winners.length, 1)
        const winner = String(winners[0])
        expectEqual('the value', await connected[0]?.swap(at, reads), winner)
        const others = before.filter((value) => value !== undefined)
        expectEqual('what the others found', new Set(others).size, 1)
      }
    },
  },
  {
    name: 'a register is there for its time to live, and then it is not',
    async run(trial) {
      const one = trial.connect()
      const ttlMs = 500
      const before = performance.now()
      await one.swap(key, sets('a', ttlMs))
      for (;;) {
        const value = await one.swap(key, reads)
        const ageMs = performance.now() - before
        if (value === undefined) {
          expectThat('the age of a register that is gone', ageMs > ttlMs - 50, ageMs, `${ttlMs}`)
          break
        }
        expectThat('its age', ageMs < ttlMs + trial.timeoutMs, ageMs, `about ${ttlMs}`)
        await pause(20)
      }
      expectEqual('it is free', await one.swap(key, sets('b', long)), undefined)
      expectEqual('the new value', await one.swap(key, reads), 'b')
    },
  },
  {
    name: 'a swap begins the time to live anew, and one that fails or reads does not',
    async run(trial) {
      const one = trial.connect()
      await one.swap(key, sets('a', short))
      await one.swap(key, { expected: 'a', next: 'a', ttlMs: long })
      await one.swap('r:other', sets('b', short))
      await one.swap('r:other', { expected: 'x', next: 'b', ttlMs: long })
      await one.swap('r:other', sets('c', long))
      await trial.until(
        'the register that was not set again is gone',
        async () => (await one.swap('r:other', reads)) === undefined,
        () => 'a value',
      )
      await pause(short)
      expectEqual('the register that was set again', await one.swap(key, reads), 'a')
    },
  },
]
