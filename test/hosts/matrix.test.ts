// @slow 40
// @seconds 900
// @installs test/hosts test/hosts/runtimes
// Every behaviour in every host: a test a cell. The hosts run as programs of their own; see app.ts for how they are asked.
import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { behaviours } from './behaviours/index.ts'
import { hosts } from './hosts.ts'
import { chosen } from './support/chosen.ts'
import { runMatrix } from './support/run-matrix.ts'
import { runtimePath } from './support/runtime-path.ts'
import { renderTable, tableIn, withTable } from './support/table.ts'
import type { Behaviour } from './behaviours/behaviour.ts'
import type { Host } from './hosts.ts'
import type { Outcome } from './support/table.ts'

const isHere = ({ runtime }: Host) => runtime === 'node' || runtimePath(runtime) !== undefined

const wantedHosts = chosen(hosts, process.env.SLUICE_HOSTS)
const wantedBehaviours = chosen(behaviours, process.env.SLUICE_BEHAVIOURS)
const absent = wantedHosts.filter((host) => !isHere(host))
const runs = runMatrix(wantedHosts.filter(isHere), wantedBehaviours)

for (const { host, cells, left } of runs) {
  const each = suite(host.name)
  for (const { behaviour, lost, tried } of cells)
    each(lost === undefined ? behaviour.name : `${behaviour.name}: lost, ${lost}`, () => tried)
  each('the host still runs, has closed all sources, and has printed no error', () => left)
  each.run()
}

// The runner shows these lines.
for (const runtime of new Set(absent.map((host) => host.runtime)))
  console.log(`skipped: hosts on ${runtime}, which is installed only in CI and with --all`)

for (const { name } of absent) {
  const each = suite(name)
  each.skip('every behaviour', () => {})
  each.run()
}

const red = new Set<string>()
const nameOf = (host: Host, { name }: Behaviour) => `${host.name}: ${name}`

for (const { cells } of runs)
  for (const { host, behaviour, tried } of cells)
    tried.catch(() => red.add(nameOf(host, behaviour)))

/** What a host that is not here has is taken from the list: CI tries it. */
const outcomeOf = (host: Host, behaviour: Behaviour): Outcome => {
  if (behaviour.without?.(host) === true) return { kind: 'absent' }
  if (red.has(nameOf(host, behaviour))) return { kind: 'red' }
  const instead = host.loses?.[behaviour.name]
  return instead === undefined ? { kind: 'kept' } : { kind: 'lost', instead }
}

const table = suite('the table of the root README')

table('is what the results say; `node build.mjs test hosts --write` writes it', async () => {
  await Promise.allSettled(runs.flatMap(({ cells }) => cells.map(({ tried }) => tried)))
  if (wantedHosts.length < hosts.length || wantedBehaviours.length < behaviours.length) return
  const wanted = renderTable(hosts, behaviours, outcomeOf)
  const page = readFileSync('README.md', 'utf8')
  if (process.env.SLUICE_WRITE !== undefined) writeFileSync('README.md', withTable(page, wanted))
  else assert.is(tableIn(page), wanted)
})

table('a loss that a host names is that of a behaviour', () => {
  const names = new Set(behaviours.map(({ name }) => name))
  const unknown = hosts.flatMap((host) =>
    Object.keys(host.loses ?? {}).filter((name) => !names.has(name)),
  )
  assert.equal(unknown, [])
})

table.run()
