import type { Transform } from 'node:stream'

/** A stream of `node:zlib`, by what is used of it. */
export interface ZlibStream extends Transform {
  /** Bytes that it has used of what it was given. */
  readonly bytesWritten: number
  flush(kind?: number, done?: () => void): void
}

/**
 * A stream of `node:zlib` that is given one thing at a time and whose output is taken lazily: it works in the thread pool,
 * and stops when a piece or two wait to be taken.
 */
export class ZlibCoder {
  readonly #stream: ZlibStream
  #failure: { readonly error: unknown } | undefined
  #isOver = false
  #wake = (): void => {}

  constructor(stream: ZlibStream) {
    this.#stream = stream
    stream.on('readable', () => this.#wake())
    stream.on('error', (error) => {
      this.#failure = { error }
      this.#wake()
    })
    stream.once('end', () => this.#finish())
    stream.once('close', () => this.#finish())
  }

  /** Bytes that it has used: fewer than it was given when they go on after the end of the coding. */
  get usedBytes(): number {
    return this.#stream.bytesWritten
  }

  write(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    return this.#outputOf((done) => this.#stream.write(bytes, done))
  }

  /** Bytes, and then all of it out. */
  async *flush(bytes: Uint8Array, kind: number): AsyncGenerator<Uint8Array, void, void> {
    if (bytes.length > 0) yield* this.write(bytes)
    yield* this.#outputOf((done) => this.#stream.flush(kind, done))
  }

  /** Bytes, and then the end of the coding. */
  end(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    return this.#outputOf(() => this.#stream.end(bytes))
  }

  /** Frees the context, also while it works. */
  close(): void {
    this.#stream.destroy()
    this.#finish()
  }

  async *#outputOf(start: (done: () => void) => void): AsyncGenerator<Uint8Array, void, void> {
    let isDone = false
    start(() => {
      isDone = true
      this.#wake()
    })
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error
      const piece: unknown = this.#stream.read()
      if (isPiece(piece)) yield piece
      else if (isDone || this.#isOver) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  #finish(): void {
    this.#isOver = true
    this.#wake()
  }
}

const isPiece = (piece: unknown): piece is Uint8Array => ArrayBuffer.isView(piece)
