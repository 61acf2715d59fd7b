import { deferred, within } from '../../support/within.ts'
import { patience } from '../clients/exchange.ts'
import { runHost } from './run-host.ts'
import { Site } from './site.ts'
import type { Behaviour, Trial } from '../behaviours/behaviour.ts'
import type { Host } from '../hosts.ts'
import type { RunningHost } from './run-host.ts'

/** A behaviour in a host. */
export interface Cell {
  readonly host: Host
  readonly behaviour: Behaviour
  /** What happens instead, if the host cannot do this. */
  readonly lost: string | undefined
  /** Rejects if the trial fails. */
  readonly tried: Promise<void>
}

export interface HostRun {
  readonly host: Host
  readonly cells: readonly Cell[]
  /** Rejects if the host ended by itself, complained, or left a source open. */
  readonly left: Promise<void>
}

/** Hosts that run at a time, and trials at a time in each: they wait for each other's processes more than they compute. */
const hostsAtOnce = 3
const trialsAtOnce = 6

/** Runs all behaviours in all hosts. Results come as promises, so that a test can wait for each. */
export const runMatrix = (
  hosts: readonly Host[],
  behaviours: readonly Behaviour[],
): readonly HostRun[] => {
  const plans = hosts.map((host) => planOf(host, behaviours))
  takeTurns(hostsAtOnce, plans, (plan) => plan.run())
  return plans
}

/** Runs each of these, so many at a time. */
const takeTurns = async <T>(
  atOnce: number,
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<void> => {
  const queue = [...items]
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

const trialOf = ({ name, run, losses = {} }: Behaviour, lost: string | undefined): Trial => {
  if (lost === undefined) return run
  const trial = losses[lost]
  if (trial !== undefined) return trial
  const known = Object.keys(losses).join('; ')
  throw new Error(`Cannot try "${name}": found the loss "${lost}", wanted one of: ${known}`)
}

const planOf = (host: Host, behaviours: readonly Behaviour[]) => {
  const left = waited()
  const plans = behaviours
    .filter(({ without }) => without?.(host) !== true)
    .map((behaviour) => {
      const lost = host.loses?.[behaviour.name]
      const end = waited()
      const cell: Cell = { host, behaviour, lost, tried: end.promise }
      const run = (at: RunningHost) => end.follow(tryOn(host, at, behaviour, lost))
      return { cell, run, fail: end.reject }
    })
  const run = async () => {
    try {
      const running = await runHost(host, `test/hosts/programs/${host.program}.mjs`)
      await takeTurns(trialsAtOnce, plans, (plan) => plan.run(running))
      const outcomes = await Promise.allSettled(plans.map(({ cell }) => cell.tried))
      const isGreen = outcomes.every(({ status }) => status === 'fulfilled')
      await left.follow(leave(host, running, isGreen))
    } catch (error) {
      // Told once, by the last test of the host.
      left.reject(error)
      for (const plan of plans) plan.fail(new Error(`${host.name} has not started: see below`))
    }
  }
  return { host, cells: plans.map(({ cell }) => cell), left: left.promise, run }
}

/** A promise that is looked at later: it may reject before. */
const waited = () => {
  const { promise, resolve, reject } = deferred()
  promise.catch(() => {})
  const follow = (outcome: Promise<void>) => outcome.then(resolve, reject)
  return { promise, reject, follow }
}

const tryOn = async (
  host: Host,
  running: RunningHost,
  behaviour: Behaviour,
  lost: string | undefined,
): Promise<void> => {
  const site = new Site(host, running.port)
  try {
    await within(2 * patience.ms, trialOf(behaviour, lost)(site))
  } finally {
    site.close()
  }
}

/** All clients have gone: no source may be open. */
const closesAll = async (host: Host, running: RunningHost): Promise<void> => {
  const site = new Site(host, running.port)
  await site.until(async () => (await site.openSources()) === 0, 'that all sources are closed')
}

/** @param isGreen Whether all trials went well: others leave sources behind. */
const leave = async (host: Host, running: RunningHost, isGreen: boolean): Promise<void> => {
  const hasEnded = running.hasEnded()
  try {
    if (isGreen && !hasEnded) await closesAll(host, running)
  } finally {
    await running.stop()
  }
  const complaints = running.complaints()
  if (hasEnded) throw new Error(`${host.name} has ended by itself:\n${complaints}`)
  if (complaints !== '' && host.prints === undefined)
    throw new Error(`${host.name} has printed:\n${complaints}`)
}
