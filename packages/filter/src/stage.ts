import { loseFrame } from '@sluice/body'
import { failedAt } from './work.ts'
import type { AnyFrame } from '@sluice/body'
import type { ByteSteps, FrameSteps, Given, ReleaseReason } from './steps.ts'

/** One filter in the fused loop. */
export interface Stage {
  /** The bytes' own way, without a frame; `undefined` for a frame filter. */
  readonly bytes: ByteSteps | undefined
  /** Frames of every kind but, where `bytes` is there, data. */
  frame(frame: AnyFrame): Given<AnyFrame | Uint8Array>
  end(): Given<AnyFrame | Uint8Array>
  /** `undefined` where the filter never wants to be woken. */
  readonly idleMs: (() => number | undefined) | undefined
  idle(): Given<AnyFrame | Uint8Array>
  close(): void | PromiseLike<void>
}

/** The stage of a filter on bytes: a control frame first lets go what is held; the loop then passes it on. */
export const byteStage = (steps: ByteSteps): Stage => ({
  bytes: steps,
  frame: (frame) => steps.release?.(reasonOf(frame.kind)),
  end: () => steps.release?.('end'),
  idleMs: steps.idleMs?.bind(steps),
  idle: () => steps.release?.('idle'),
  close: () => steps.close?.(),
})

export const frameStage = (steps: FrameSteps): Stage => ({
  bytes: undefined,
  frame: (frame) => steps.frame(frame),
  end: () => steps.end?.(),
  idleMs: steps.idleMs?.bind(steps),
  idle: () => steps.idle?.(),
  close: () => steps.close?.(),
})

/** Asks a stage for its answer to a control frame; where it fails the frame is lost. */
export const answerTo = (stage: Stage, frame: AnyFrame): Given<AnyFrame | Uint8Array> => {
  try {
    return stage.frame(frame)
  } catch (error) {
    loseFrame(frame, failedAt)
    throw error
  }
}

const reasonOf = (kind: string): ReleaseReason =>
  kind === 'flush' || kind === 'pause' || kind === 'trailers' ? kind : 'other'
