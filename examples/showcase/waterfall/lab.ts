// The experiment and those who watch it. It starts with the first viewer, ends after the last, and is one for all.
import { sleep } from '@sluice/pause'
import { HttpError } from '@sluice/stack'
import { startExperiment } from './experiment.ts'
import { firstAbort } from './first-abort.ts'
import { Toggle } from './toggle.ts'
import type { Topic } from '@sluice/hub'
import type { MessageSource, SourceItem } from '@sluice/sse'
import type { Client } from '@sluice/stack'
import type { Message, Phase, Switches } from './messages.ts'

const maxViewers = 8
/** Milliseconds for which the children wait for another viewer. */
const graceMs = 3000
/** How often an experiment that fails is started, and the milliseconds from one start to the next. */
const starts = 3
const restartMs = 1000

export class Lab {
  readonly #topic: Topic<Message>
  /** The ids of the newest message, and of the one before the current run. */
  #newest: Promise<string> | undefined
  #begin: Promise<string> | undefined
  /** What each side's idle streams cost when they were last measured. */
  readonly #memory = new Map<string, Message>()
  #viewers = 0
  #grace: ReturnType<typeof setTimeout> | undefined
  /** Aborts when the experiment has to end; `undefined` if there is none. */
  #life: AbortController | undefined
  #phase: Exclude<Phase, 'running'> = 'starting'
  #flushed = false
  readonly #race = new Toggle(() => this.#tell(this.#state))
  readonly #slow = new Toggle(() => this.#tell(this.#state))
  readonly #work = new Toggle(() => this.#tell(this.#state))

  constructor(topic: Topic<Message>) {
    this.#topic = topic
  }

  /**
   * What a viewer gets: how it is now, all of the current run, and what follows.
   *
   * @param after The last id that the viewer got on an earlier connection.
   * @throws {HttpError} `UNAVAILABLE` if there are too many viewers.
   */
  view(after: string | undefined, { signal, draining }: Client): MessageSource<Message> {
    if (this.#viewers >= maxViewers)
      throw new HttpError('UNAVAILABLE', `Cannot show it: found ${maxViewers} viewers`, {
        headers: { 'retry-after': '10' },
        expose: true,
      })
    signal.throwIfAborted()
    this.#viewers++
    clearTimeout(this.#grace)
    this.#life ??= this.#start()
    // It aborts when the request is over, however it ends.
    signal.addEventListener('abort', () => this.#leave(), { once: true })
    // A server that closes does not wait for another viewer. It has one such signal for all requests.
    draining.addEventListener('abort', () => this.#end(), { once: true, signal })
    return this.#messages(after, signal)
  }

  async *#messages(
    newestSeen: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SourceItem<Message>> {
    const after = newestSeen ?? (await this.#begin)
    for (const message of [this.#state, ...this.#memory.values()]) yield JSON.stringify(message)
    yield* this.#topic.read({ after, signal })
  }

  #leave(): void {
    this.#viewers--
    if (this.#viewers === 0) this.#grace = setTimeout(() => this.#end(), graceMs)
  }

  /** Runs the race once more. Starts the experiment again, if it has failed. */
  again(): void {
    this.#race.turn(false)
    this.#race.turn(true)
    if (this.#phase === 'failed') this.#life = this.#start()
  }

  switchTo({ flushed, slow, paused }: Partial<Switches>): void {
    if (flushed !== undefined) this.#flushed = flushed
    if (slow !== undefined) this.#slow.turn(slow)
    if (paused !== undefined) this.#work.turn(!paused)
    if (flushed !== undefined) this.again()
  }

  #start(): AbortController {
    const life = new AbortController()
    this.#begin = this.#newest
    this.#run(life.signal)
    return life
  }

  #end(): void {
    clearTimeout(this.#grace)
    this.#life?.abort()
    this.#life = undefined
  }

  /** Never rejects. */
  async #run(over: AbortSignal): Promise<void> {
    for (let start = 1; start <= starts && !over.aborted; start++) {
      this.#memory.clear()
      this.#slow.turn(false)
      this.#work.turn(false)
      this.#race.turn(true)
      this.#become('starting')
      const failed = new AbortController()
      await this.#experiment(firstAbort([over, failed.signal])).catch((error) => {
        if (!over.aborted) this.#tell({ kind: 'failure', message: messageOf(error) })
      })
      failed.abort()
      await sleep(restartMs, { signal: over }).then(undefined, () => {})
    }
    if (!over.aborted) this.#become('failed')
  }

  /** Ends by a rejection only: a child has ended, something else failed, or the signal aborted. */
  async #experiment(over: AbortSignal): Promise<void> {
    const experiment = await startExperiment((message) => this.#tell(message), over)
    this.#become('ready')
    await Promise.race([
      experiment.lost,
      this.#race.whileOn((signal) => experiment.race(this.#flushed, signal), over),
      this.#slow.whileOn((signal) => experiment.readSlowly(signal), over),
      this.#work.whileOn((signal) => experiment.work(signal), over),
    ])
  }

  get #state(): Message {
    const switches = { flushed: this.#flushed, slow: this.#slow.isOn, paused: !this.#work.isOn }
    const phase = this.#phase === 'ready' && this.#race.isOn ? 'running' : this.#phase
    return { kind: 'state', phase, switches }
  }

  #become(phase: Exclude<Phase, 'running'>): void {
    this.#phase = phase
    this.#tell(this.#state)
  }

  #tell(message: Message): void {
    if (message.kind === 'run') this.#begin = this.#newest
    if (message.kind === 'memory') this.#memory.set(message.side, message)
    this.#newest = this.#topic.append(message)
    this.#newest.catch(() => {})
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)
