import { MessageChannel } from 'node:worker_threads'
import { timerMs } from '@sluice/body/engine'
import { newCells } from '../channel/channel.ts'
import { blockingError, notCloneable } from '../errors.ts'
import { lateFunction, lateImport, mostStartMs } from './run-timer.ts'
import type { HttpError } from '@sluice/stack'
import type { FilterStart, FiltersTask } from '../task.ts'
import type { RunLimits } from '../worker-pool.ts'
import type { Memories } from './memories.ts'

/** What filters use of a pool. */
export interface FilterPool {
  readonly timeoutMs: number
  readonly filterMemories: Memories
  /** Whether a thread for filters could be taken now. */
  readonly hasFreeFilterThread: boolean
  enterFilters(signal: AbortSignal): void | Promise<void>
  run(task: FiltersTask, limits: RunLimits): Promise<unknown>
}

/** A body that is filtered, as its thread sees it. */
export interface Filtered {
  /** Counts the turns of its code; odd while it runs. */
  readonly turns: number
  /** Its module is being imported. */
  readonly isImporting: boolean
  /** Its thread is gone, or never came. */
  failed(error: unknown): void
}

/** The threads of a pool that serve filters. A thread is taken for the first body, and given back after the last. */
export class FilterThreads {
  readonly #pool: FilterPool
  readonly #threads = new Set<FilterThread>()

  constructor(pool: FilterPool) {
    this.#pool = pool
  }

  get memories(): Memories {
    return this.#pool.filterMemories
  }

  /**
   * Gives a body to a thread: one of its own while threads for filters are free.
   *
   * @returns A function that takes it away.
   * @throws {HttpError} `WORKER_BUSY`, `WOULD_WAIT`, `VALUE_NOT_CLONEABLE`.
   */
  begin(body: Filtered, start: FilterStart): () => void {
    const thread = this.#leastLoaded() ?? this.#newThread()
    thread.begin(body, start)
    return () => thread.end(body)
  }

  #leastLoaded(): FilterThread | undefined {
    const [least] = [...this.#threads].sort((one, other) => one.bodies - other.bodies)
    return this.#pool.hasFreeFilterThread ? undefined : least
  }

  #newThread(): FilterThread {
    const thread = new FilterThread(this.#pool, () => this.#threads.delete(thread))
    this.#threads.add(thread)
    return thread
  }
}

/** The turn of a body at the last look, and since when its module is being imported, if it is. */
interface Look {
  readonly turns: number
  readonly since: number
}

/** What takes too long: a filter that is in the same turn as at the last look does not return. An import may take longer. */
const foundLate = (
  { turns, isImporting }: Filtered,
  last: Look,
  timeoutMs: number,
): string | undefined => {
  if (turns !== last.turns) return undefined
  if (turns % 2 === 1) return lateFunction(timeoutMs)
  const tookMs = performance.now() - last.since
  return isImporting && tookMs >= mostStartMs ? lateImport(tookMs) : undefined
}

class FilterThread {
  readonly #pool: FilterPool
  readonly #over: () => void
  readonly #bodies = new Map<Filtered, Look>()
  readonly #channel = new MessageChannel()
  /** Leaves the queue, or ends the thread. */
  readonly #stop = new AbortController()
  #isRunning = false
  #timer: ReturnType<typeof setInterval> | undefined

  /** @param over Called when it takes no more bodies. */
  constructor(pool: FilterPool, over: () => void) {
    this.#pool = pool
    this.#over = over
    const entered = pool.enterFilters(this.#stop.signal)
    if (entered === undefined) this.#run()
    else
      entered.then(
        () => this.#run(),
        (error: unknown) => this.#failed(error),
      )
  }

  get bodies(): number {
    return this.#bodies.size
  }

  begin(body: Filtered, start: FilterStart): void {
    this.#bodies.set(body, { turns: 0, since: performance.now() })
    try {
      this.#channel.port1.postMessage(start)
    } catch (cause) {
      this.end(body)
      throw notCloneable('pass the values to the filter', cause)
    }
  }

  end(body: Filtered): void {
    if (!this.#bodies.delete(body) || this.#bodies.size > 0) return
    this.#close()
    // One that still waits in the queue leaves it. Another ends its task when the port has closed.
    if (!this.#isRunning) this.#stop.abort(new Error('no body is left'))
  }

  #run(): void {
    this.#isRunning = true
    const { timeoutMs } = this.#pool
    if (timeoutMs < Number.POSITIVE_INFINITY)
      this.#timer = setInterval(() => this.#look(), timerMs(timeoutMs)).unref()
    const task = { kind: 'filters', memory: newCells(), port: this.#channel.port2 } as const
    const limits = { timeoutMs: Number.POSITIVE_INFINITY, signal: this.#stop.signal }
    this.#pool.run(task, limits).then(
      () => this.#close(),
      (error: unknown) => this.#failed(error),
    )
  }

  #look(): void {
    const late: (readonly [Filtered, HttpError])[] = []
    for (const [body, last] of this.#bodies) {
      const { turns, isImporting } = body
      const found = foundLate(body, last, this.#pool.timeoutMs)
      if (found !== undefined) late.push([body, timedOut(found)])
      if (turns !== last.turns || !isImporting)
        this.#bodies.set(body, { turns, since: performance.now() })
    }
    if (late.length === 0) return
    for (const [body, error] of late) body.failed(error)
    this.#stop.abort(neighbour())
  }

  #failed(error: unknown): void {
    this.#close()
    const bodies = [...this.#bodies.keys()]
    this.#bodies.clear()
    for (const body of bodies) body.failed(error)
  }

  #close(): void {
    this.#over()
    clearInterval(this.#timer)
    this.#channel.port1.close()
  }
}

const timedOut = (found: string): HttpError =>
  blockingError('WORKER_TIMEOUT', `Cannot filter the body: found ${found}`)

const neighbour = (): HttpError =>
  blockingError(
    'WORKER_DIED',
    'Cannot filter the body: another filter on its thread did not return',
  )
