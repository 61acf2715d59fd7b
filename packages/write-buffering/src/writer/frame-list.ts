import type { Frame } from '@sluice/body'

/** So many taken frames are cut off at once, and only where they are the larger half: a long list costs no more a frame. */
const cutAt = 1024

/**
 * Frames in a line.
 *
 * Not an array and its `shift`, which moves all of a long array for each frame.
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
