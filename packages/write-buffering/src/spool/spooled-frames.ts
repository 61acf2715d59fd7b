import { BodyError, data, isData } from '@sluice/body'
import { loseFrame } from '@sluice/body/engine'
import { ByteBlocks } from './byte-blocks.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { SpillFile } from './spill.ts'
import type { SpoolLimits } from './spool-options.ts'

/** A frame that is not data, and the offset of the byte that follows it. */
interface Mark {
  readonly at: number
  readonly frame: AnyFrame
}

/** The most bytes of one read of the file. */
const fileReadBytes = 65_536

/**
 * All frames of a body: data in memory or, if that is too much, in a file; all others in memory.
 *
 * First all frames are added, then they are pulled. The file has the beginning of the data, memory the rest.
 */
export class SpooledFrames implements Pull<AnyFrame> {
  readonly #limits: SpoolLimits
  readonly #blocks = new ByteBlocks()
  #marks: Mark[] = []
  #marksGiven = 0
  #file: SpillFile | undefined
  #opening: PromiseLike<SpillFile> | undefined
  #fileBytes = 0
  #byteLength = 0
  #offset = 0
  #failure: { readonly error: unknown } | undefined
  #over = false

  constructor(limits: SpoolLimits) {
    this.#limits = limits
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /** Whether it has a file that must be deleted. */
  get hasFile(): boolean {
    return this.#file !== undefined
  }

  /**
   * Adds a frame; gives a promise when bytes have to go to the file first.
   *
   * @throws {BodyError} `BODY_TOO_LARGE`, with nothing added.
   */
  add(frame: AnyFrame): PromiseLike<void> | undefined {
    const { maxMemoryBytes, maxFrames } = this.#limits
    if (!isData(frame)) {
      if (this.#marks.length >= maxFrames)
        throw tooLarge('frames other than data', maxFrames, this.#limits)
      this.#marks.push({ at: this.#byteLength, frame })
      return undefined
    }
    this.checkLength(this.#byteLength + frame.bytes.length)
    this.#byteLength += frame.bytes.length
    this.#blocks.push(frame.bytes)
    return this.#blocks.byteLength > maxMemoryBytes ? this.#moveToFile() : undefined
  }

  /** @throws {BodyError} `BODY_TOO_LARGE`, when a body of that length cannot be held. */
  checkLength(byteLength: number): void {
    const { maxBytes } = this.#limits
    if (byteLength > maxBytes) throw tooLarge('bytes', maxBytes, this.#limits)
  }

  pull(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    if (this.#over) return this.#revoked()
    const mark = this.#marks[this.#marksGiven]
    if (mark?.at === this.#offset) {
      this.#marksGiven++
      return mark.frame
    }
    const left = (mark?.at ?? this.#byteLength) - this.#offset
    if (left === 0) {
      this.#over = true
      return undefined
    }
    if (this.#file !== undefined) return this.#readFile(this.#file, left)
    const bytes = this.#blocks.takeSome(left)
    this.#offset += bytes.length
    return data(bytes)
  }

  /** Lets everything go, however far it has been added or pulled; may be called again. */
  close(): void | PromiseLike<void> {
    if (this.#over) return
    this.#over = true
    const lost = this.#marks.slice(this.#marksGiven)
    this.#marks = []
    this.#blocks.takeAll()
    for (const { frame } of lost) loseFrame(frame, 'the body that held it was closed')
    return this.#opening === undefined ? this.#dropFile() : closeOpening(this.#opening)
  }

  /** As `close`, for a reader that is not done: its pending or next pull fails with `error`. */
  revoke(error: unknown): void | PromiseLike<void> {
    if (this.#over) return
    this.#failure = { error }
    return this.close()
  }

  async #moveToFile(): Promise<void> {
    const { spill } = this.#limits
    if (this.#file === undefined && spill !== undefined) {
      this.#opening = spill.open()
      const file = await this.#opening
      if (this.#over) return
      this.#opening = undefined
      this.#file = file
    }
    const byteLength = this.#blocks.byteLength
    await this.#file?.append(this.#blocks.takeAll())
    this.#fileBytes += byteLength
  }

  async #readFile(file: SpillFile, left: number): Promise<AnyFrame | undefined> {
    let bytes: Uint8Array
    try {
      bytes = await this.#bytesOf(
        file,
        Math.min(left, fileReadBytes, this.#fileBytes - this.#offset),
      )
    } catch (error) {
      if (this.#over) return this.#revoked()
      await Promise.allSettled([this.close()])
      throw error
    }
    return this.#over ? this.#revoked() : data(bytes)
  }

  async #bytesOf(file: SpillFile, maxBytes: number): Promise<Uint8Array> {
    const bytes = await file.read(this.#offset, maxBytes)
    if (bytes.length === 0) throw shortFile(this.#offset, this.#fileBytes)
    this.#offset += bytes.length
    // Before the last bytes are given, so that the file is deleted when the reader sees the end.
    if (this.#offset === this.#fileBytes) await this.#dropFile()
    return bytes
  }

  /** A pull after the end: throws the error of `revoke`, once. */
  #revoked(): undefined {
    const failure = this.#failure
    if (failure === undefined) return undefined
    this.#failure = undefined
    throw failure.error
  }

  #dropFile(): PromiseLike<void> | undefined {
    const file = this.#file
    this.#file = undefined
    return file?.close()
  }
}

/** A file that is being opened can be deleted only when it is open. */
const closeOpening = async (opening: PromiseLike<SpillFile>): Promise<void> => {
  let file: SpillFile
  try {
    file = await opening
  } catch {
    return
  }
  await file.close()
}

const bodyTooLarge = (message: string) => new BodyError('BODY_TOO_LARGE', message)

const tooLarge = (
  what: string,
  most: number,
  { tooLargeError = bodyTooLarge }: SpoolLimits,
): BodyError => tooLargeError(`Cannot hold the body: found more ${what} than ${most}`)

const shortFile = (found: number, wanted: number): BodyError =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot read the body back: found ${found} bytes in its file, wanted ${wanted}`,
  )
