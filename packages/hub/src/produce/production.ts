import { deferred, propertyOf } from '@sluice/body/engine'
import { controlRecord, endRecord } from '../topic/records.ts'
import { AllReaders } from './all-readers.ts'
import { Audience } from './audience.ts'
import { beginProducing } from './begin-producing.ts'
import { Lease } from './lease.ts'
import { leaseKey } from './lease-key.ts'
import { endOf } from './log-tail.ts'
import { Pace } from './pace.ts'
import { producedNoMore } from './produced-no-more.ts'
import { declines, discardSource, isHeld, isReopened } from './source.ts'
import { SourceRun } from './source-run.ts'
import { StandBy } from './stand-by.ts'
import type { KeepLimits } from '../engine/engine.ts'
import type { End } from '../topic/items.ts'
import type { LocalLog } from '../topic/local-log.ts'
import type { Placed } from '../topic/records.ts'
import type { Begun } from './begin-producing.ts'
import type { ReadLog } from './log-tail.ts'
import type { ProducersHost } from './producers.ts'
import type { ProduceSource } from './source.ts'
import type { RunOutcome } from './source-run.ts'

/** How a production has ended for this process: with the topic, or because it is not read here, or the hub was closed. */
export type ProduceOutcome = End['how'] | 'left' | 'closed'

export interface ProductionOptions {
  readonly topic: string
  readonly log: LocalLog
  readonly keep: KeepLimits
  readonly source: ProduceSource<unknown>
  readonly graceMs: number
  readonly whenLeft: 'end' | 'rest'
  /** Begins the values of its lease, and of no other. */
  readonly prefix: string
  /** It takes no more calls. Called once. */
  readonly leaving: () => void
}

/** Milliseconds before the log is followed again if that failed. */
const retryMs = 1_000

/** How often a process that stands by looks for the lease within `leaseMs`. It is free before that: see `HeldRegisters`. */
const looks = 10

/** One process's part in producing a topic: it runs the source while it has the lease, and stands by while another process has it. */
export class Production {
  readonly audience: Audience
  readonly readers: AllReaders
  readonly #ended = deferred<ProduceOutcome>()
  readonly #options: ProductionOptions
  readonly #host: ProducersHost
  readonly #read: ReadLog
  readonly #lease: Lease
  readonly #standBy = new StandBy()
  /** Aborts when nothing is to be appended any more. */
  readonly #over = new AbortController()
  readonly #stopListening: () => void
  #state: 'open' | 'leaving' | 'over' = 'open'
  #run: SourceRun | undefined
  /** Whether the source was opened. One that is not a function can be opened once. */
  #wasRun = false
  #failure: unknown

  constructor(options: ProductionOptions, host: ProducersHost) {
    const { topic, log, graceMs, prefix } = options
    this.#options = options
    this.#host = host
    this.#read = (after) => host.read(log.name, after)
    this.#lease = new Lease({
      registers: host.registers,
      key: leaseKey(log.name),
      prefix,
      lost: () => this.#reported(this.#run?.stop(producedNoMore(topic, 'lost'))),
    })
    this.readers = new AllReaders({ log, host, processes: () => this.audience.processes })
    this.audience = new Audience({
      graceMs,
      leaseMs: host.registers.leaseMs,
      localReaders: () => log.readers,
      left: () => this.#reported(this.#deserted()),
      changed: () => this.readers.changed(),
    })
    log.hold()
    this.#stopListening = log.listen((record) => this.#hear(record))
  }

  get outcome(): Promise<ProduceOutcome> {
    return this.#ended.promise
  }

  /** The error of the source, if it has failed in this process. */
  get failure(): unknown {
    return this.#failure
  }

  /** Whether it runs this source, or would. */
  has(source: ProduceSource<unknown>): boolean {
    return this.#options.source === source
  }

  start(): void {
    this.#reported(this.#start())
  }

  async #start(): Promise<void> {
    while (this.#state === 'open') {
      try {
        await this.#takeParts()
      } catch (error) {
        await this.#recover(error)
      }
    }
  }

  /** Takes part until it is over. */
  async #takeParts(): Promise<void> {
    await Promise.all([this.#options.log.followed(), this.#host.mailbox.open()])
    const end = await endOf(this.#read)
    if (end !== undefined) return this.#finish(end)
    while (this.#state === 'open') await this.#takePart()
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#state !== 'open') return
    if (this.#host.closing.aborted) return this.#finish('closed')
    this.#host.failed(error)
    if (this.#wasRun && !isReopened(this.#options.source)) return this.#finish('left')
    this.#standBy.begin()
    await this.#standBy.wait(retryMs)
  }

  /** Reports what would be an unhandled rejection. */
  async #reported(work: Promise<void> | undefined): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#host.report(error)
    }
  }

  /** Ends it here without an end of the topic: another process may go on. */
  close(): Promise<void> {
    this.#over.abort()
    return this.#rest('closed', producedNoMore(this.#options.topic, 'over'))
  }

  async #takePart(): Promise<void> {
    this.#standBy.begin()
    const isTaken = await this.#take()
    if (this.#state !== 'open') return this.#lease.release()
    if (isTaken) await this.#produce()
    else await this.#standBy.wait(this.#host.registers.leaseMs / looks)
  }

  async #take(): Promise<boolean> {
    try {
      return await this.#lease.take()
    } catch (error) {
      this.#host.failed(error)
      return false
    }
  }

  async #produce(): Promise<void> {
    const { topic, log, keep, source } = this.#options
    const { maxEntryBytes } = this.#host
    const begun = await beginProducing({
      host: this.#host,
      log: log.name,
      keep,
      lease: this.#lease,
      over: this.#over.signal,
    })
    if (begun.kind !== 'begun') return this.#ranTo(begun.kind)
    if (this.#state !== 'open') return
    if (declines(source, begun.last)) return this.#rest('left', undefined)
    // Other processes tell of their readers when they see that it has begun.
    this.audience.restart()
    this.#wasRun = true
    const pace = isHeld(source) ? this.#pace(begun) : undefined
    const report = (error: unknown) => this.#report(error)
    this.#run = new SourceRun({ topic, source, log: begun.log, maxEntryBytes, pace, report })
    const outcome = await this.#run.run(begun.last)
    this.readers.stop()
    await this.#ranTo(outcome)
  }

  #pace({ log: { seq }, last }: Extract<Begun, { kind: 'begun' }>): Pace {
    return new Pace({
      keep: this.#options.keep,
      seq,
      isContinued: last !== undefined,
      wait: (newest, taken) => this.readers.wait(newest, taken),
    })
  }

  #report(error: unknown): void {
    this.#failure = error
    this.#host.report(error)
  }

  async #ranTo(outcome: RunOutcome): Promise<void> {
    if (this.#state !== 'open') return
    this.#run = undefined
    switch (outcome) {
      case 'finished':
      case 'failed':
        return this.#finish(outcome)
      case 'ended':
        return this.#finish((await endOf(this.#read)) ?? 'stopped')
      case 'lost':
      case 'over':
        if (this.#wasRun && !isReopened(this.#options.source)) await this.#finish('left')
    }
  }

  #hear({ item, control }: Placed): void {
    if (item?.kind === 'end') this.#reported(this.#finish(item.how))
    else if (isFree(control)) this.#standBy.wake()
  }

  /** There were no readers anywhere for `graceMs`. */
  async #deserted(): Promise<void> {
    const { topic, whenLeft } = this.#options
    const run = this.#run
    if (run !== undefined && !run.isReading) return
    const reason = producedNoMore(topic, 'no readers')
    if (run === undefined || whenLeft === 'rest') return this.#rest('left', reason)
    this.#leave()
    const end = endRecord({ how: 'stopped', reason: 'no readers' })
    const outcome = await run.end(reason, end)
    await this.#finish(outcome === 'lost' ? 'left' : 'stopped')
  }

  async #rest(outcome: ProduceOutcome, reason: unknown): Promise<void> {
    this.#leave()
    await this.#run?.stop(reason)
    const wasHeld = this.#lease.isHeld
    await this.#finish(outcome)
    if (wasHeld) await this.#tellFree()
  }

  /** Others that stand by need not wait until they look. */
  async #tellFree(): Promise<void> {
    const { log, keep } = this.#options
    try {
      await this.#host.append(log.name, [controlRecord({ kind: 'free' })], { keep })
    } catch {
      // They look by themselves.
    }
  }

  #leave(): void {
    if (this.#state !== 'open') return
    this.#state = 'leaving'
    this.#options.leaving()
    this.audience.close()
    this.readers.stop()
    this.#standBy.wake()
  }

  /** Fulfils when the lease was given back. */
  async #finish(outcome: ProduceOutcome): Promise<void> {
    if (this.#state === 'over') return
    this.#leave()
    this.#state = 'over'
    this.#ended.resolve(outcome)
    this.#over.abort()
    this.#stopListening()
    this.#reported(this.#run?.stop(producedNoMore(this.#options.topic, 'ended')))
    this.#options.log.release()
    if (!this.#wasRun) discardSource(this.#options.source)
    await this.#lease.release()
  }
}

const isFree = (control: unknown): boolean => propertyOf(control, 'kind') === 'free'
