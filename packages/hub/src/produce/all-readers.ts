import { nothing } from '@sluice/body/engine'
import { idleTimer } from '../idle-timer.ts'
import type { LocalLog } from '../topic/local-log.ts'
import type { ProducersHost } from './producers.ts'

export interface AllReadersOptions {
  readonly log: LocalLog
  /** Other processes with readers. */
  readonly processes: () => readonly string[]
  readonly host: Pick<ProducersHost, 'id' | 'mailbox' | 'registers' | 'failed'>
}

interface Question {
  readonly seq: number
  readonly taken: () => void
  /** Processes that were asked. */
  readonly asked: Set<string>
  /** Processes that have answered. */
  readonly answered: Set<string>
  isTakenHere: boolean
}

/**
 * Finds out when the readers of a topic in all processes have taken a record.
 *
 * A message may be lost, so other processes are asked again three times within `leaseMs`, until they answer or have no readers.
 */
export class AllReaders {
  readonly #options: AllReadersOptions
  #question: Question | undefined
  #unwatch = nothing
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: AllReadersOptions) {
    this.#options = options
  }

  /** Calls `taken` once, when there are readers and all of them have taken the record. Perhaps at once. */
  wait(seq: number, taken: () => void): void {
    this.stop()
    const question: Question = {
      seq,
      taken,
      asked: new Set(),
      answered: new Set(),
      isTakenHere: false,
    }
    this.#question = question
    const unwatch = this.#options.log.progress.watch(seq, () => {
      question.isTakenHere = true
      this.changed()
    })
    if (this.#question !== question) return
    this.#unwatch = unwatch
    this.changed()
  }

  /** The readers of another process have taken a record. */
  answered(process: string, seq: number): void {
    if (this.#question?.seq !== seq) return
    this.#question.answered.add(process)
    this.changed()
  }

  /** Readers came or left somewhere. */
  changed(): void {
    const question = this.#question
    if (question === undefined) return
    const { log, processes } = this.#options
    const others = processes()
    const isAwaited = others.some((process) => !question.answered.has(process))
    if (isAwaited) return this.#ask(question, others)
    const isTaken = log.readers > 0 ? question.isTakenHere : others.length > 0
    if (!isTaken) return
    this.stop()
    question.taken()
  }

  stop(): void {
    this.#question = undefined
    this.#unwatch()
    this.#unwatch = nothing
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #ask({ seq, asked, answered }: Question, processes: readonly string[]): void {
    for (const process of processes) {
      if (asked.has(process) || answered.has(process)) continue
      asked.add(process)
      this.#send(process, seq)
    }
    this.#timer ??= idleTimer(() => {
      this.#timer = undefined
      asked.clear()
      this.changed()
    }, this.#options.host.registers.leaseMs / 3)
  }

  async #send(process: string, seq: number): Promise<void> {
    const { log, host } = this.#options
    const message = { kind: 'wait', process: host.id, log: log.name, seq: String(seq) }
    try {
      await host.mailbox.send(process, message)
    } catch (error) {
      host.failed(error)
    }
  }
}
