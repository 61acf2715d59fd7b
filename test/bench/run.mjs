// node build.mjs bench [WORK...] [options]: Sluice beside others. Without names all works, in about twenty minutes.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { candidatesOf } from './support/candidates.mjs'
import { installPeers } from './support/install.mjs'
import { findLoad } from './support/load.mjs'
import { describeMachine } from './support/machine.mjs'
import { readOptions, usage } from './support/options.mjs'
import { peerVersions } from './support/peers.mjs'
import { renderResults } from './support/report.mjs'
import { settingOf, writeIndex, writeResults } from './support/results-folder.mjs'
import { findRuntimes } from './support/runtimes.mjs'
import { works } from './work/index.mjs'

const chosenWorks = (names) => {
  const unknown = names.filter((name) => !works.some((work) => work.name === name))
  if (unknown.length > 0) {
    const known = works.map(({ name }) => name).join(', ')
    throw new Error(`Cannot run ${unknown.join(', ')}: wanted some of ${known}`)
  }
  return works.filter(({ name, probe }) => (names.length === 0 ? !probe : names.includes(name)))
}

const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const openBench = (options) => {
  const runtimes = findRuntimes().filter(
    ({ kind, name }) =>
      options.node === undefined || kind !== 'node' || name.startsWith(`node ${options.node}`),
  )
  const profile = options.profile === undefined ? undefined : resolve(options.profile)
  if (profile !== undefined) mkdirSync(profile, { recursive: true })
  return {
    ...options,
    profile,
    runtimes,
    load: findLoad(),
    machine: describeMachine(),
    versions: peerVersions(),
    date: new Date().toISOString().slice(0, 10),
    progress,
  }
}

const runWork = async (work, common) => {
  const notes = []
  const note = (text) => {
    console.error(`left out: ${text}`)
    notes.push(text)
  }
  const candidates = candidatesOf(common.runtimes, work.peers ?? [], common)
  const bench = { ...common, candidates, notes, note }
  const started = performance.now()
  const samples = await work.run(bench)
  progress('')
  const seconds = Math.round((performance.now() - started) / 1000)
  if (samples === undefined) return
  console.log(renderResults(work, samples, { setting: settingOf(bench, work), notes }))
  console.log(`(${work.name} took ${seconds} s)\n`)
  if (common.out !== undefined) {
    writeResults(common.out, work, samples, bench)
    writeIndex(common.out, works)
  }
}

const main = async (args) => {
  const options = readOptions(args)
  if (options.help) {
    console.log(`${usage}\nworks: ${works.map(({ name }) => name).join(', ')}`)
    return
  }
  const chosen = chosenWorks(options.names)
  await installPeers()
  const bench = openBench(options)
  for (const work of chosen) await runWork(work, bench)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
