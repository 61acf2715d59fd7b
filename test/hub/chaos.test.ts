// @slow 30
// @waits
// @seconds 300
// Readers that are cut at random moments, and appenders that are killed: each reader gets every entry once and in order, or a gap.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryStore } from '../support/hub/chaos/memory-store.ts'
import { runChaos } from '../support/hub/chaos/run-chaos.ts'
import { changed, hearing, withPages } from '../support/hub/faults/faulty-engine.ts'
import type { Engine, LogPage } from '@sluice/hub'
import type { ChaosReport } from '../support/hub/chaos/run-chaos.ts'

const chaos = suite('chaos')

const gapsBut = (reason: string, { gaps }: ChaosReport): readonly string[] =>
  Object.keys(gaps).filter((each) => each !== reason)

const options = { readers: 1_000, cuts: 100, perSecond: 20, killMs: 1_000, seconds: 12 }

chaos('memory: 1,000 readers, each cut 100 times, miss nothing', async () => {
  const report = await runChaos(memoryStore(), { ...options, seed: 1 })
  assert.equal(report.faults, [])
  assert.equal(gapsBut('slow', report), [])
  assert.ok(report.kills > 0, 'appenders were killed')
})

chaos('memory: readers of a log that is trimmed miss nothing without a gap', async () => {
  const load = { readers: 100, cuts: 20, perSecond: 200, killMs: 500, seconds: 4, keepEntries: 20 }
  const report = await runChaos(memoryStore(), { ...load, seed: 2 })
  assert.equal(report.faults, [])
  assert.equal(
    gapsBut('slow', report).filter((reason) => reason !== 'trimmed'),
    [],
  )
  assert.ok((report.gaps.trimmed ?? 0) > 0, 'something was trimmed')
})

chaos.run()

// What the runs above would find.
const found = suite('chaos: what it finds')

const small = { readers: 20, cuts: 5, perSecond: 100, killMs: 300, seconds: 1, seed: 3 }

const runOn = (engine: Engine) =>
  runChaos({ name: 'faulty', engine: () => engine, reach: undefined }, small)

found('a record that is acknowledged and lost', async () => {
  let count = 0
  const engine = changed((inner) => ({
    append: async (topic, records, given) => {
      if (++count !== 20 || given.ends) return inner.append(topic, records, given)
      const { state } = await inner.read(topic, 0, { entries: 1, bytes: 1 })
      return { kind: 'appended', epoch: state.epochs.at(-1)?.id ?? '', seq: state.last + 1 }
    },
  }))
  const { faults } = await runOn(engine)
  assert.ok(
    faults.some((fault) => /was acknowledged as/.test(fault)),
    faults.join(),
  )
})

found('records that are appended twice', async () => {
  let count = 0
  const engine = changed((inner) => ({
    append: async (topic, records, given) => {
      if (++count === 20 && !given.ends) await inner.append(topic, records, given)
      return inner.append(topic, records, given)
    },
  }))
  const { faults } = await runOn(engine)
  assert.ok(
    faults.some((fault) => /doubled/.test(fault)),
    faults.join(),
  )
})

found('a record that no reader gets is a gap', async () => {
  const without = (page: LogPage): LogPage => ({
    ...page,
    records: page.records.filter(({ seq }) => seq !== 20),
  })
  const engine = changed(withPages(without), hearing(without))
  const report = await runOn(engine)
  assert.equal(gapsBut('slow', report), ['trimmed'])
})

found('a record that is another one for some readers', async () => {
  let count = 0
  const sometimes = (page: LogPage): LogPage => ({
    ...page,
    records: page.records.map((record) =>
      record.seq === 20 && ++count > 1
        ? { seq: 20, bytes: new TextEncoder().encode('v"another"') }
        : record,
    ),
  })
  const { faults } = await runOn(changed(withPages(sometimes), hearing(sometimes)))
  assert.ok(
    faults.some((fault) => /the entry \S+ is/.test(fault)),
    faults.join(),
  )
})

found.run()
