import type { Frame } from '@sluice/body'

/** Cut off at least this many taken frames at once, and only if they are at least half of the list: the cost per frame stays constant. */
const cutAt = 1024

/**
 * A first-in, first-out list of frames.
 *
 * `shift` of an array would move all of a long array for each frame.
 */
export class FrameList {
  #frames: (Frame | undefined)[] = []
  #first = 0

  get length(): number {
    return this.#frames.length - this.#first
  }

  get last(): Frame | undefined {
    return this.#frames[this.#frames.length - 1]
  }

  push(frame: Frame): void {
    this.#frames.push(frame)
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#first]
    if (frame === undefined) return undefined
    this.#frames[this.#first++] = undefined
    if (this.#first === this.#frames.length) {
      this.#frames = []
      this.#first = 0
    } else if (this.#first >= cutAt && this.#first * 2 >= this.#frames.length) {
      this.#frames.splice(0, this.#first)
      this.#first = 0
    }
    return frame
  }
}
