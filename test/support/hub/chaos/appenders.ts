import { openHub } from '@sluice/hub'
import { startProgram } from '../../repository/running-program.ts'
import { compileFile } from '../../runner/compile-file.mjs'
import { appendLoad } from './append-load.ts'
import type { ChaosStore, Reach } from './chaos-store.ts'

export interface AppendersOptions {
  readonly topic: string
  readonly perSecond: number
  readonly keepEntries: number
}

/** An entry that an appender was told to be appended. */
export interface Acked {
  readonly id: string
  readonly value: string
}

interface Appender {
  /** Waits until it has appended something: a process takes a while to start. */
  started(): Promise<unknown>
  kill(): Promise<void>
}

/** Two appenders, of which one is killed now and then, and replaced. */
export class Appenders {
  readonly acked: Acked[] = []
  /** What appends failed with, and how often. */
  readonly failures: Map<string, number> = new Map()
  kills = 0
  readonly #start: (name: string) => Appender
  readonly #discard: () => void
  #running: Appender[] = []
  #started = 0

  private constructor(start: (own: Appenders, name: string) => Appender, discard: () => void) {
    this.#start = (name) => start(this, name)
    this.#discard = discard
  }

  static async start(store: ChaosStore, options: AppendersOptions): Promise<Appenders> {
    const appenders = await Appenders.#of(store, options)
    for (let i = 0; i < 2; i++) appenders.#add()
    return appenders
  }

  static async #of(store: ChaosStore, options: AppendersOptions): Promise<Appenders> {
    const { reach } = store
    if (reach === undefined)
      return new Appenders(
        (own, name) => inThisProcess(own, store, { ...options, name }),
        () => {},
      )
    const { file, discard } = await compileFile('test/support/hub/chaos/appender.ts')
    return new Appenders(
      (own, name) => inAnotherProcess(own, file, { ...options, name, reach }),
      discard,
    )
  }

  /** Kills the older one in the middle of its appends, and starts another. */
  async killOne(): Promise<void> {
    const [oldest, ...others] = this.#running
    this.#running = others
    this.#add()
    await oldest?.started()
    await oldest?.kill()
    this.kills++
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((appender) => appender.kill()))
    this.#running = []
    this.#discard()
  }

  failed(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
  }

  #add(): void {
    this.#running.push(this.#start(`appender ${++this.#started}`))
  }
}

interface Named extends AppendersOptions {
  readonly name: string
}

/** Closes its hub in the middle of what it appends, as the nearest to a kill. */
const inThisProcess = (
  own: Appenders,
  store: ChaosStore,
  { topic, perSecond, keepEntries, name }: Named,
): Appender => {
  const hub = openHub({ engine: store.engine() })
  let isOver = false
  const load = {
    name,
    perSecond,
    acked: (n: number, id: string) => own.acked.push({ id, value: `${name}.${n}` }),
    failed: (_: number, error: unknown) => isOver || own.failed(String(error)),
  }
  const appending = appendLoad(
    hub.topic(topic, { keep: { entries: keepEntries } }),
    load,
    () => isOver,
  )
  return {
    started: async () => {},
    async kill() {
      isOver = true
      await hub.close()
      await appending
    },
  }
}

const inAnotherProcess = (
  own: Appenders,
  file: string,
  options: Named & { readonly reach: Reach },
): Appender => {
  const program = startProgram(process.execPath, [file, JSON.stringify(options)])
  return {
    started: () => program.printed(/^acked/m),
    async kill() {
      program.signal('SIGKILL')
      await program.exited()
      // A last line without its end may be half of an id.
      const lines = program.output.split('\n').slice(0, -1)
      for (const line of lines) {
        const [, n, id] = /^acked (\d+) (\S+)$/.exec(line) ?? []
        if (id !== undefined) own.acked.push({ id, value: `${options.name}.${n}` })
        else own.failed(line)
      }
    },
  }
}
