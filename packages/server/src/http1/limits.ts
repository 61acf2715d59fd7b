/**
 * Limits of a request in bytes and counts, each with its default and the source of that.
 *
 * Others' choices: nginx 4x8k for a head and 8k for a line, Node 16 KiB for a head, hyper 100 fields.
 */
export interface RequestLimits {
  /** Bytes of the request line and all field lines with their line ends: 16,384, as Node. Over it: 431. */
  readonly maxHeadBytes: number
  /** Bytes of a request-target: 8,192; RFC 9112 section 3 asks for at least 8,000. Over it: 414. */
  readonly maxTargetBytes: number
  /** Field lines of a head: 100, as hyper. Over it: 431. None is dropped. */
  readonly maxFields: number
  /** Empty lines before a request line: 2; RFC 9112 section 2.2 asks for at least one. Over it: 400. */
  readonly maxEmptyLines: number
  /** Bytes of a chunk-size line with its extensions: 4,096, as Go. Over it: 400. */
  readonly maxChunkLineBytes: number
  /** Bytes of framing in a whole body, beyond what its chunks need: 16,384. Counted as Go does. Over it: 413. */
  readonly maxChunkOverheadBytes: number
  /**
   * Bytes of chunk extensions in a whole body, not for each chunk: those are bounded by `maxChunkLineBytes`. 16,384, as hyper. Over
   * it: 413.
   */
  readonly maxChunkExtensionBytes: number
  /** Bytes of a trailer section: 16,384. Over it: 431. */
  readonly maxTrailerBytes: number
  /** Field lines of a trailer section: 100. Over it: 431. */
  readonly maxTrailerFields: number
}

export const defaultRequestLimits: RequestLimits = {
  maxHeadBytes: 16_384,
  maxTargetBytes: 8192,
  maxFields: 100,
  maxEmptyLines: 2,
  maxChunkLineBytes: 4096,
  maxChunkOverheadBytes: 16_384,
  maxChunkExtensionBytes: 16_384,
  maxTrailerBytes: 16_384,
  maxTrailerFields: 100,
}
