import { loseFrame } from '@sluice/body/engine'
import { failedAt } from './work.ts'
import type { AnyFrame } from '@sluice/body'
import type { ByteSteps, FrameSteps, Given, ReleaseReason } from './steps.ts'

type StageAnswer = Given<AnyFrame | Uint8Array>

/** As `ByteSteps`, of which a loop knows no more than that the stage before gave a `Uint8Array`. */
interface LoopSteps extends ByteSteps {
  data(bytes: Uint8Array): Given<Uint8Array>
}

/** One filter in the fused loop. */
export interface Stage {
  /** The bytes' own way, without a frame; `undefined` for a frame filter. */
  readonly bytes: LoopSteps | undefined
  /** Whether the filter may want to be woken. */
  readonly mayWake: boolean
  /** Frames of every kind but, where `bytes` is there, data. */
  frame(frame: AnyFrame): StageAnswer
  end(): StageAnswer
  idleMs(): number | undefined
  idle(): StageAnswer
  close(): void | PromiseLike<void>
}

/**
 * The stage of a filter on bytes: a control frame first lets go what is held; the loop then passes it on.
 *
 * A class, and no object of functions: 32 bytes a filter of each body, and not 410.
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

/** Asks a stage for its answer to a control frame; where it fails the frame is lost. */
export const answerTo = (stage: Stage, frame: AnyFrame): StageAnswer => {
  try {
    return stage.frame(frame)
  } catch (error) {
    loseFrame(frame, failedAt)
    throw error
  }
}

const reasonOf = (kind: string): ReleaseReason =>
  kind === 'flush' || kind === 'pause' || kind === 'trailers' ? kind : 'other'
