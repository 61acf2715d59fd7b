import { failedAt, lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { ByteSteps, FrameSteps, Given, ReleaseReason } from '../steps.ts'

type StageAnswer = Given<AnyFrame | Uint8Array>

/** As `ByteSteps`; the loop only knows that the stage before gave a `Uint8Array`. */
interface LoopSteps extends ByteSteps {
  data(bytes: Uint8Array): Given<Uint8Array>
}

/** One filter in the loop of the engine. */
export interface Stage {
  /** The steps of a filter on bytes, which need no frame; `undefined` for a filter on frames. */
  readonly bytes: LoopSteps | undefined
  /** Whether the filter may want to be woken. */
  readonly mayWake: boolean
  /** Answers a frame of any kind; but not data if there are `bytes`. */
  frame(frame: AnyFrame): StageAnswer
  end(): StageAnswer
  idleMs(): number | undefined
  idle(): StageAnswer
  close(): void | PromiseLike<void>
}

/**
 * The stage of a filter on bytes: it releases what is held before a control frame; the engine then passes the frame on.
 *
 * A class and not an object of functions, which would take many times the memory for each filter of each body.
 */
export class ByteStage implements Stage {
  readonly bytes: LoopSteps

  constructor(steps: ByteSteps) {
    this.bytes = steps
  }

  get mayWake(): boolean {
    return this.bytes.idleMs !== undefined
  }

  frame(frame: AnyFrame): StageAnswer {
    return this.bytes.release?.(reasonOf(frame.kind))
  }

  end(): StageAnswer {
    return this.bytes.release?.('end')
  }

  idleMs(): number | undefined {
    return this.bytes.idleMs?.()
  }

  idle(): StageAnswer {
    return this.bytes.release?.('idle')
  }

  close(): void | PromiseLike<void> {
    return this.bytes.close?.()
  }
}

/** The stage of a filter on frames of every kind. */
export class FrameStage implements Stage {
  readonly bytes = undefined
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
