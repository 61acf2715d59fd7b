/** Every frame, of Sluice or of other code, has a `kind`, the only discriminant. */
export interface AnyFrame {
  readonly kind: string
}

/**
 * Bytes that the platform takes: `Uint8Array<ArrayBuffer>` if the compiler knows it (TypeScript 5.7 and later), else `Uint8Array`.
 *
 * `new Response(bytes)` and `new Blob([bytes])` compile with them. `data`, `toBody` and filters do not check that bytes are not
 * in shared memory: copy these before they become a body.
 */
export type Bytes = ReturnType<Uint8Array['slice']>

/** Bytes of content, never empty. Receivers may keep them but must not change them. */
export interface Data {
  readonly kind: 'data'
  readonly bytes: Bytes
}

/**
 * Called once when it is known what became of the bytes before a flush: without an argument if they have been handed to the
 * kernel, with a reason if they never will be. Errors that it throws are reported to `onError` of the server.
 */
export type Receipt = (lost?: unknown) => void

/** "Send what you have, now, through every layer." */
export interface Flush {
  readonly kind: 'flush'
  readonly sent?: Receipt
}

/** "Wait, I am not ready": data goes on when `until` fulfils, and the body fails when it rejects. */
export interface Pause {
  readonly kind: 'pause'
  readonly until: PromiseLike<unknown>
}

/** The trailer section of RFC 9110 6.5: at most one, and the last frame. */
export interface Trailers {
  readonly kind: 'trailers'
  readonly fields: Fields
}

export type Frame = Data | Flush | Pause | Trailers

/**
 * A stream of frames with one reader.
 *
 * Structural: an `async function*` that yields frames is a body, and so is one made by another copy of this package.
 * `byteLength` is the number of bytes of data to come, absent or `undefined` if it is not known.
 */
export interface Body<F extends AnyFrame = Frame> extends AsyncIterable<F> {
  readonly byteLength?: number | undefined
}

/**
 * An ordered, case-insensitive, immutable list of field lines (RFC 9110 section 5). Names read back in lower case.
 *
 * Structural, so that lists made by another copy of this package serve as well. Made by `fields`.
 */
export interface Fields extends Iterable<readonly [name: string, value: string]> {
  /** The number of field lines. */
  readonly size: number
  /**
   * The values of all lines of that name joined by `, `; of `cookie` by `; `; of `set-cookie` the first; `undefined` if there is
   * none.
   */
  get(name: string): string | undefined
  /** The value of every line of that name, in order. */
  getAll(name: string): readonly string[]
  /** The value of every `set-cookie` line, in order, as in fetch: they cannot be joined (RFC 6265 section 3). */
  getSetCookie(): readonly string[]
  has(name: string): boolean
  /** A list with one line of that name, in the place of the first one that it had, or last. */
  with(name: string, value: string): Fields
  /** A list with one more line, last. */
  withAdded(name: string, value: string): Fields
  /** A list with all lines of another one, last, and without the lines of this one with the same names: sets several fields. */
  withAll(list: Fields): Fields
  /** A list without the lines of that name. */
  without(name: string): Fields
}
