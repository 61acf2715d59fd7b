import { failedAt, lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { ByteSteps, FrameSteps, Given, ReleaseReason } from '../steps.ts'

type StageAnswer = Given<AnyFrame | Uint8Array>

/** As `ByteSteps`; the loop only knows that the stage before gave a `Uint8Array`. */
interface LoopSteps extends ByteSteps {
  data(bytes: Uint8Array): Given<Uint8Array>
}

/** One filter in the loop of the engine, `Stages`. */
export interface Stage {
  /** The steps of a filter on bytes. The loop itself calls their `data`, which needs no frame. `undefined` for a filter on frames. */
  readonly byteSteps: LoopSteps | undefined
  /** Whether the filter may want to be woken. */
  readonly mayWake: boolean
  /** Answers a frame of any kind; but not data if there are `byteSteps`. */
  frame(frame: AnyFrame): StageAnswer
  end(): StageAnswer
  idleMs(): number | undefined
  idle(): StageAnswer
  close(): void | PromiseLike<void>
}

/**
 * The stage of a filter on bytes: it releases what is held before a control frame; the engine then passes the frame on. It sees no
 * data: the loop gives that to the steps.
 *
 * A class and not an object of functions, which would take many times the memory for each filter of each body.
 */
export class ByteStage implements Stage {
  readonly byteSteps: LoopSteps

  constructor(steps: ByteSteps) {
    this.byteSteps = steps
  }

  get mayWake(): boolean {
    return this.byteSteps.idleMs !== undefined
  }

  frame(frame: AnyFrame): StageAnswer {
    return this.byteSteps.release?.(reasonOf(frame.kind))
  }

  end(): StageAnswer {
    return this.byteSteps.release?.('end')
  }

  idleMs(): number | undefined {
    return this.byteSteps.idleMs?.()
  }

  idle(): StageAnswer {
    return this.byteSteps.release?.('idle')
  }

  close(): void | PromiseLike<void> {
    return this.byteSteps.close?.()
  }
}

/** The stage of a filter on frames of every kind. */
export class FrameStage implements Stage {
  readonly byteSteps = undefined
  readonly #steps: FrameSteps

  constructor(steps: FrameSteps) {
    this.#steps = steps
  }

  get mayWake(): boolean {
    return this.#steps.idleMs !== undefined
  }

  frame(frame: AnyFrame): StageAnswer {
    return this.#steps.frame(frame)
  }

  end(): StageAnswer {
    return this.#steps.end?.()
  }

  idleMs(): number | undefined {
    return this.#steps.idleMs?.()
  }

  idle(): StageAnswer {
    return this.#steps.idle?.()
  }

  close(): void | PromiseLike<void> {
    return this.#steps.close?.()
  }
}

/** Asks a stage for its answer to a control frame; if it fails, the frame is lost. */
export const answerTo = (stage: Stage, frame: AnyFrame): StageAnswer => {
  try {
    return stage.frame(frame)
  } catch (error) {
    lose(frame, failedAt)
    throw error
  }
}

const reasonOf = (kind: string): ReleaseReason =>
  kind === 'flush' || kind === 'pause' || kind === 'trailers' ? kind : 'other'
