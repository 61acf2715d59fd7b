import type { Transform } from 'node:stream'

/** A stream of `node:zlib`, by shape. */
export interface ZlibStream extends Transform {
  /** Bytes of its input that it has used. */
  readonly bytesWritten: number
  flush(kind?: number, done?: () => void): void
}

/**
 * A stream of `node:zlib` that does one operation at a time, and whose output is read lazily. It works in the thread pool, and
 * stops when a piece or two are waiting.
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

  /** Bytes that it has used: fewer than it got if some follow the end of the coding. */
  get usedBytes(): number {
    return this.#stream.bytesWritten
  }

  write(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    return this.#outputOf((done) => this.#stream.write(bytes, done))
  }

  /** Compresses bytes, and flushes all output. */
  async *flush(bytes: Uint8Array, kind: number): AsyncGenerator<Uint8Array, void, void> {
    if (bytes.length > 0) yield* this.write(bytes)
    yield* this.#outputOf((done) => this.#stream.flush(kind, done))
  }

  /** Compresses bytes, and ends the coding. */
  end(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    return this.#outputOf(() => this.#stream.end(bytes))
  }

  /** Frees the context, even during an operation. */
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
