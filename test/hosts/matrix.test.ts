// @slow 40
// @seconds 400
// @installs test/hosts test/hosts/runtimes
// Every behaviour in every host: a test a cell. The hosts run as programs of their own; see app.ts for how they are asked.
import { suite } from 'uvu'
import { behaviours } from './behaviours/index.ts'
import { hosts } from './hosts.ts'
import { chosen } from './support/chosen.ts'
import { runMatrix } from './support/run-matrix.ts'
import { runtimePath } from './support/runtime-path.ts'
import type { Host } from './hosts.ts'

const isHere = ({ runtime }: Host) => runtime === 'node' || runtimePath(runtime) !== undefined

const wanted = chosen(hosts, process.env.SLUICE_HOSTS)
const absent = wanted.filter((host) => !isHere(host))
const runs = runMatrix(wanted.filter(isHere), chosen(behaviours, process.env.SLUICE_BEHAVIOURS))

for (const { host, cells, left } of runs) {
  const each = suite(host.name)
  for (const { behaviour, lost, tried } of cells)
    each(lost === undefined ? behaviour.name : `${behaviour.name}: lost, ${lost}`, () => tried)
  each('the host still runs, and has printed no error', () => left)
  each.run()
}

for (const { name, runtime } of absent) {
  const each = suite(name)
  // The runner shows this line.
  console.log(`skipped: ${name}, since ${runtime} is installed only in CI and with --all`)
  each.skip('every behaviour', () => {})
  each.run()
}
