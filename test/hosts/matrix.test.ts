// @slow 40
// @seconds 400
// Every behaviour in every host: a test a cell. The hosts run as programs of their own; see app.ts for how they are asked.
import { suite } from 'uvu'
import { behaviours } from './behaviours/index.ts'
import { hosts } from './hosts.ts'
import { chosen } from './support/chosen.ts'
import { runMatrix } from './support/run-matrix.ts'

const runs = runMatrix(
  chosen(hosts, process.env.SLUICE_HOSTS),
  chosen(behaviours, process.env.SLUICE_BEHAVIOURS),
)

for (const { host, cells, left } of runs) {
  const each = suite(host.name)
  for (const { behaviour, lost, tried } of cells)
    each(lost === undefined ? behaviour.name : `${behaviour.name}: lost, ${lost}`, () => tried)
  each('the host still runs, and has printed no error', () => left)
  each.run()
}
