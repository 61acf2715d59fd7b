import { memory, openHub } from '@sluice/hub'
import { within } from '../within.ts'
import { guardedEngine } from './guarded-engine.ts'
import { brief, readItems } from './read-items.ts'
import type { Hub, HubOptions, Topic } from '@sluice/hub'
import type { Guard } from './guarded-engine.ts'

export const soon = 5000

/** A hub of an engine that several share, as processes do. */
export interface Process {
  readonly hub: Hub
  readonly topic: Topic
  readonly guard: Guard
  /** What `onError` got. */
  readonly errors: unknown[]
}

/** Runs with so many processes on one engine in memory; closes them. */
export const withProcesses = async (
  count: number,
  run: (...processes: [Process, Process, Process]) => Promise<void>,
  options: HubOptions = {},
): Promise<void> => {
  const engine = guardedEngine(memory())
  const processes = Array.from({ length: count }, (): Process => {
    const errors: unknown[] = []
    const hub = openHub({ engine, onError: (error) => errors.push(error), ...options })
    const guard = engine.guards.at(-1) ?? { appends: 0 }
    return { hub, topic: hub.topic('t'), guard, errors }
  })
  const [one = missing(), two = one, three = one] = processes
  try {
    await run(one, two, three)
  } finally {
    await Promise.all(processes.map(({ hub }) => hub.close()))
  }
}

const missing = (): never => {
  throw new Error('wanted one process or more')
}

/** All that a reader gets, or the first of it. */
export const briefsOf = async (topic: Topic, first?: number): Promise<string[]> =>
  (await within(soon, readItems(topic.read(), first))).map(brief)
