// Producing: a source runs into a topic once over all processes.
//
// - The right to produce a topic is a `Lease`, a register of the engine that the process renews. Each append is fenced by its value:
//   a process that was suspended and continues after another has taken over cannot append any more.
// - `FencedLog` appends exactly once, also over an outage of the engine.
// - `SourceRun` reads the source. Only the process with the lease has one.
// - `Production` is one process's part: it runs the source, or stands by, as long as the topic is read there.
// - `Pace` holds a source that says `waitsForReaders`. `AllReaders` finds out for it how far they are.
// - `Presence` tells the process that produces a topic of readers elsewhere. There, `Audience` counts them.
//
// What begins and ends is written into the log of the topic, which all follow: `producing` when a process begins, `free` when it gives
// the lease back, and the end. So `stop` needs no message of its own. Only readers are told of in messages: `here` and `left`; and
// `wait`, which asks whether they have taken a record, and its answer `taken`.
import { Presence } from './presence.ts'
import { Production } from './production.ts'
import { discardSource } from './source.ts'
import type { HeldRegisters } from '../control/held-registers.ts'
import type { Mailbox } from '../control/mailbox.ts'
import type { AppendOptions, AppendOutcome, KeepLimits, LogPage } from '../engine/engine.ts'
import type { LocalLog } from '../topic/local-log.ts'
import type { ProduceHandle } from '../topic/topic.ts'
import type { ProduceSource } from './source.ts'

/** What producing asks of the hub. */
export interface ProducersHost {
  /** The id of this process. */
  readonly id: string
  readonly maxEntryBytes: number
  readonly registers: HeldRegisters
  readonly mailbox: Mailbox
  append(
    log: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome>
  log(name: string): LocalLog
  /** Reads a register. */
  look(key: string): Promise<string | undefined>
  /** Reads from the engine, again and again until it succeeds. Rejects once the hub is closed. */
  read(log: string, after: number): Promise<LogPage>
  /** Aborts when the hub closes. */
  readonly closing: AbortSignal
  /** Reports an error of the engine, once for each outage. */
  failed(error: unknown): void
  /** Reports an error that no caller gets. */
  report(error: unknown): void
}

export interface ProducersOptions {
  readonly topic: string
  readonly log: string
  readonly keep: KeepLimits
  readonly source: ProduceSource<unknown>
  readonly graceMs: number
  readonly whenLeft: 'end' | 'rest'
}

/** All productions of a hub, and what it tells others of its readers. */
export class Producers {
  readonly #host: ProducersHost
  readonly #presence: Presence
  readonly #productions = new Map<string, Production>()
  #count = 0
  #isClosed = false

  constructor(host: ProducersHost) {
    this.#host = host
    this.#presence = new Presence({
      id: host.id,
      leaseMs: host.registers.leaseMs,
      look: (key) => host.look(key),
      send: (process, message) => host.mailbox.send(process, message),
      failed: (error) => host.failed(error),
    })
    host.mailbox.on('here', ({ process = '', logs = '[]' }) => {
      for (const log of namesIn(logs)) this.#productions.get(log)?.audience.here(process)
    })
    host.mailbox.on('wait', ({ process = '', log = '', seq }) =>
      this.#presence.wait(process, log, Number(seq)),
    )
    host.mailbox.on('taken', ({ process = '', log = '', seq }) =>
      this.#productions.get(log)?.readers.answered(process, Number(seq)),
    )
    host.mailbox.on('left', ({ process = '', log = '' }) => {
      this.#productions.get(log)?.audience.left(process)
    })
  }

  /** Takes part in producing a topic, or joins the production that takes part in this process. */
  produce(options: ProducersOptions): ProduceHandle {
    const { source } = options
    if (this.#isClosed) {
      discardSource(source)
      return { outcome: Promise.resolve('closed'), failure: undefined }
    }
    const found = this.#productions.get(options.log)
    if (found === undefined) return handleOf(this.#begin(options))
    if (!found.has(source)) discardSource(source)
    found.audience.restart()
    return handleOf(found)
  }

  /** The first reader of a log came. */
  attended(log: LocalLog): void {
    this.#productions.get(log.name)?.audience.changed()
    this.#presence.attended(log)
  }

  /** The last reader of a log left. */
  deserted(log: LocalLog): void {
    this.#productions.get(log.name)?.audience.changed()
    this.#presence.deserted(log)
  }

  /** Ends all here, and gives the leases back, without an end of the topics. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#presence.close()
    await Promise.all([...this.#productions.values()].map((production) => production.close()))
  }

  #begin(options: ProducersOptions): Production {
    const production: Production = new Production(
      {
        ...options,
        log: this.#host.log(options.log),
        prefix: `${this.#host.id}/${++this.#count}`,
        leaving: () => {
          if (this.#productions.get(options.log) === production)
            this.#productions.delete(options.log)
        },
      },
      this.#host,
    )
    this.#productions.set(options.log, production)
    production.start()
    return production
  }
}

const handleOf = (production: Production): ProduceHandle => ({
  outcome: production.outcome,
  get failure() {
    return production.failure
  },
})

const namesIn = (json: string): readonly string[] => {
  try {
    const names: unknown = JSON.parse(json)
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
  } catch {
    // No hub has written it.
    return []
  }
}
