// @waits
// @slow 30
// The tests of engines are tried on engines that are wrong: each has to be found, by the test of the rule that it breaks.
import { memory } from '@sluice/hub'
import { engineTests } from '@sluice/hub/engine-tests'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faultyEngines } from '../support/hub/faults/faulty-engines.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'

const kit = suite('engine tests')

kit('each has a name of its own', () => {
  const names = engineTests(memory).map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
})

kit('each test finds a faulty engine', () => {
  const names = engineTests(memory).map(({ name }) => name)
  const never = names.filter((name) => !faultyEngines.some(({ foundBy }) => foundBy.test(name)))
  assert.equal(never, [])
})

kit('an engine is made for each test, and may be made later', async () => {
  let made = 0
  const tests = engineTests(async () => {
    made++
    return memory()
  })
  assert.is(made, 0)
  for (const { run } of tests.slice(0, 3)) await run()
  assert.is(made, 3)
})

kit('an invalid time-out is refused at the call', () => {
  for (const timeoutMs of [0, -1, Number.NaN])
    throwsAtOnce(() => engineTests(memory, { timeoutMs }), RangeError)
})

kit('the message says what was found and what was wanted', async () => {
  const [fault] = faultyEngines.filter(({ name }) => name === 'keep.entries is ignored')
  assert.ok(fault)
  const [test] = engineTests(fault.make).filter(({ name }) => fault.foundBy.test(name))
  const { message } = await rejects(async () => test?.run(), 'ENGINE_BROKEN')
  assert.is(message, 'the numbers that are kept: found [1,2,3,4,5], wanted [3,4,5]')
})

kit.run()

const found = suite('engine tests: faulty engines')

for (const { name, foundBy, make } of faultyEngines)
  found(name, async () => {
    const tests = engineTests(make, { timeoutMs: 500 }).filter((test) => foundBy.test(test.name))
    assert.is(tests.length, 1, `the tests that ${foundBy} names`)
    for (const { run } of tests) await rejects(run, 'ENGINE_BROKEN')
  })

found.run()
