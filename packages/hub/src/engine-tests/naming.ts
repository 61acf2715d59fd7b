import { expectEqual } from './expect.ts'
import { keepAll, range, readAll, recordsOf, textsOf } from './samples.ts'
import type { EngineCase } from './trial.ts'

/** Texts that a store may take for another, or for a command. */
const names = [
  't:a',
  't:A',
  't:a ',
  ' t:a',
  't:a\n',
  't:a\r\n',
  't:',
  't::',
  't:a:b',
  't:a:log',
  't:a:meta',
  't:{a}',
  't:{a}b',
  't:a}{b',
  't:{}',
  't:*',
  't:?',
  't:[a]',
  't:%',
  't:_',
  't:%61',
  't:a%00',
  "t:'",
  't:"',
  "t:'; drop table sluice_logs; --",
  't:\\',
  't:\\n',
  't:/../a',
  't:$1',
  't:é',
  't:e\u0301',
  't:ı',
  't:ſ',
  't:ß',
  't:ss',
  't:😀',
  't:\u200b',
  't:\ufeff',
  't:__proto__',
  't:constructor',
  'r:a',
  'c:a',
  `t:${'x'.repeat(1_022)}`,
  `t:${'x'.repeat(1_021)}y`,
  `t:${'é'.repeat(511)}`,
  `t:${'é'.repeat(510)}xy`,
]

export const naming: readonly EngineCase[] = [
  {
    name: 'each name is a log of its own, whatever its characters',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      for (const [index, name] of names.entries())
        await one.append(name, recordsOf(`${index}`), keepAll)
      for (const [index, name] of names.entries())
        expectEqual(
          `what is read of ${JSON.stringify(name)}`,
          textsOf(await other.read(name, 0, readAll)),
          [`${index}`],
        )
    },
  },
  {
    name: 'each name is followed by itself, whatever its characters',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      for (const name of names) await one.follow(name)
      for (const [index, name] of names.entries())
        await other.append(name, recordsOf(`${index}`), keepAll)
      for (const [index, name] of names.entries()) {
        await trial.arrived(one, name, 1)
        expectEqual(
          `what arrived of ${JSON.stringify(name)}`,
          one.heard.recordsOf(name).map(({ text }) => text),
          [`${index}`],
        )
      }
    },
  },
  {
    name: 'each name is removed by itself, whatever its characters',
    async run(trial) {
      const one = trial.connect()
      for (const name of names) await one.append(name, recordsOf(name), keepAll)
      for (const index of range(0, names.length - 1)) {
        await one.remove(names[index] ?? '')
        const next = names[index + 1]
        if (next === undefined) return
        expectEqual('what is left', textsOf(await one.read(next, 0, readAll)), [next])
      }
    },
  },
  {
    name: 'each name is a register of its own, and no log',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      for (const [index, name] of names.entries()) {
        await one.append(name, recordsOf('log'), keepAll)
        const set = { expected: undefined, next: `${index}`, ttlMs: 60_000 }
        expectEqual('before', await one.swap(name, set), undefined)
      }
      for (const [index, name] of names.entries()) {
        const read = { expected: undefined, next: undefined }
        expectEqual(`of ${JSON.stringify(name)}`, await other.swap(name, read), `${index}`)
        expectEqual('the log', textsOf(await other.read(name, 0, readAll)), ['log'])
        const options = { ...keepAll, ifHeld: { key: name, value: `${index}` } }
        const outcome = await other.append(name, recordsOf('held'), options)
        expectEqual('an append while it is held', outcome.kind, 'appended')
      }
    },
  },
]
