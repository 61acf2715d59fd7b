// @slow 10
// @waits
// The trials of the matrix find faults: on a careless host all are red but two.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { behaviours } from './behaviours/index.ts'
import { patience } from './clients/exchange.ts'
import { runMatrix } from './support/run-matrix.ts'
import type { Host } from './hosts.ts'

const careless: Host = {
  name: 'a careless host',
  column: '',
  program: 'careless',
  runtime: 'node',
  protocol: 'http/1.1',
  via: 'listener',
}

const keeps = new Set([
  'content that is not read does not hold up the response',
  'a handler that does not read stops the client',
])

// Most are red since something never comes.
patience.ms = 3000

const trials = suite('the trials of the matrix')

const [run] = runMatrix([careless], behaviours)
for (const { behaviour, tried } of run?.cells ?? [])
  trials(`${behaviour.name}: ${keeps.has(behaviour.name) ? 'kept' : 'red'}`, async () => {
    const outcome = await tried.then(
      () => 'kept',
      () => 'red',
    )
    assert.is(outcome, keeps.has(behaviour.name) ? 'kept' : 'red')
  })

trials.run()
