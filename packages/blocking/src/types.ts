import type { Bytes, Fields, FieldsInit, Flush } from '@sluice/body'
import type { HttpRequest, HttpResponse } from '@sluice/stack'

/**
 * The content of a request, for code that may block. Each call blocks its thread until it can be answered.
 *
 * Every method that reads throws `READER_GONE` if the client has left, `REQUEST_OVER` behind the response, `CLIENT_TIMEOUT` after a wait of
 * `idleTimeoutMs`, and the error of the content, as often as it is called.
 */
export interface BlockingInput {
  /**
   * What has arrived: at least one byte, at most `maxBytes` (64 KiB by default). `undefined` at the end.
   *
   * @throws {RangeError} If `maxBytes` is not a whole number of 1 or more.
   */
  read(maxBytes?: number): Bytes | undefined
  /**
   * Reads into `target` what has arrived, and returns how many bytes: 0 at the end. `read` allocates memory for each block; this does
   * not, which suits a hash or a parser.
   */
  readInto(target: Uint8Array): number
  /** Exactly `byteLength` bytes. @throws {BodyError} `BODY_ENDED_EARLY` if there are fewer. */
  readExactly(byteLength: number): Bytes
  /**
   * The next line as UTF-8, without its LF or CRLF; `undefined` at the end. The last line may have no line end.
   *
   * @param options.maxBytes The most bytes of a line, without its line end; 64 KiB by default.
   * @throws {BodyError} `LINE_TOO_LONG`.
   */
  readLine(options?: { readonly maxBytes?: number }): string | undefined
  /** All remaining lines. */
  lines(options?: { readonly maxBytes?: number }): IterableIterator<string>
  /** All remaining content. @throws {BodyError} `BODY_TOO_LARGE` above `maxBytes`, 1 MiB by default. */
  readBytes(options?: { readonly maxBytes?: number }): Bytes
  /** As `readBytes`, as UTF-8. */
  readText(options?: { readonly maxBytes?: number }): string
  /** The trailers, once all content has been read; `undefined` before that, and if there are none. */
  readonly trailers: Fields | undefined
}

/** The head of a response. */
export interface BlockingHead {
  /** 200 by default. */
  readonly status?: number
  readonly headers?: FieldsInit
}

/**
 * Writes a response from code that may block.
 *
 * Every method throws `READER_GONE` if the client has left, `REQUEST_OVER` if the response is over, `CLIENT_TIMEOUT` after a wait of
 * `idleTimeoutMs`, and `WORKER_RESULT_INVALID` after `finish`.
 */
export interface BlockingWriter {
  /** Sends bytes, or a text as UTF-8. Blocks while the client is slow: at most 512 KiB are on their way to the event loop. */
  write(content: string | Uint8Array): void
  /** Sends what was written now, through every layer. Does not wait until it has been sent. */
  flush(): void
  /** Ends the response. Without it, the response ends when the function returns. */
  finish(trailers?: FieldsInit): void
}

/** A request, for code that may block. */
export interface BlockingRequest
  extends Pick<HttpRequest, 'method' | 'target' | 'version' | 'headers'> {
  readonly input: BlockingInput
  readonly client: BlockingClient
  /**
   * Begins the response, for a function that writes it and returns nothing.
   *
   * @throws {HttpError} `WORKER_RESULT_INVALID` if it has begun, or the head is larger than 512 KiB.
   */
  respond(head?: BlockingHead): BlockingWriter
}

export interface BlockingClient extends Pick<HttpRequest['client'], 'address' | 'port'> {
  /** Whether the client has left, or the response is over: `read` and `write` then throw. To be asked in long work between them. */
  readonly isGone: boolean
}

/** What may stand in an iterable: content, and flushes. */
export type BlockingPiece = string | Uint8Array | Flush

export type BlockingContent = string | Uint8Array | Iterable<BlockingPiece>

/** A response as a value: its content alone, or with its head. A body of `text()` or `json()` serves too. */
export type BlockingResponse =
  | BlockingContent
  | HttpResponse
  | (BlockingHead & { readonly body?: BlockingContent })

/** Why held bytes are released: the kind of the frame that comes next (`other`: an unknown kind), or the end. */
export type BlockingRelease = 'flush' | 'pause' | 'trailers' | 'other' | 'end'

/** What a step of a filter gives: bytes, several pieces (taken one at a time), or nothing. */
export type BlockingGiven = Uint8Array | Iterable<Uint8Array> | undefined

/** What a filter on a worker thread does to bytes: the synchronous ones of the `ByteSteps` of `@sluice/filter`. */
export interface BlockingSteps {
  /** Takes bytes, never empty. `undefined` means that they are held or dropped. */
  data(bytes: Bytes): BlockingGiven
  /** Returns the bytes that are held. Called before every frame that is not data, and at the end. */
  release?(why: BlockingRelease): BlockingGiven
  /** Called once, however the body ends. */
  close?(): void
}

/** A filter, exported by a module that runs on worker threads: makes the steps of one body. */
export type BlockingFilter<V = undefined> = (values: V) => BlockingSteps

/** A function that may block, exported by a module that runs on worker threads. It returns nothing if it used `respond`. */
export type BlockingFunction<V = undefined> = (
  request: BlockingRequest,
  values: V,
) => BlockingResponse | void
