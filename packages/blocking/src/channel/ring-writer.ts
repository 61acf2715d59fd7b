import { ringBytes } from './channel.ts'
import { copyShared } from './copy-shared.ts'
import { headerOf, record, recordBytes } from './record.ts'
import type { Ring } from './channel.ts'
import type { RecordKind } from './record.ts'

const headerBytes = 4

/** Data is cut where the ring is full, but not into smaller pieces: each costs a header and a turn of the reader. */
const leastPiece = 16_384

/** What one record can hold, in each ring. */
export const maxRecordBytes: number = ringBytes - headerBytes

/** Writes records to a ring. Never waits: each method says whether, or how much, it has written. */
export class RingWriter {
  readonly #ring: Ring
  readonly #cells: Int32Array
  #written: number

  constructor(ring: Ring, cells: Int32Array) {
    this.#ring = ring
    this.#cells = cells
    this.#written = Atomics.load(cells, ring.written)
  }

  /** Writes data from `from` on, and returns how many bytes: 0 if there is too little room now. */
  writeData(bytes: Uint8Array, from: number): number {
    const left = bytes.length - from
    const room = this.#room() - headerBytes
    if (room < Math.min(left, leastPiece)) return 0
    const taken = Math.min(left, room & ~3)
    this.#put(record.data, taken === bytes.length ? bytes : bytes.subarray(from, from + taken))
    return taken
  }

  /** Writes a whole record, of at most `maxRecordBytes`. Returns `false` if there is too little room now. */
  write(kind: RecordKind, bytes: Uint8Array): boolean {
    if (this.#room() < recordBytes(bytes.length)) return false
    this.#put(kind, bytes)
    return true
  }

  /** Whether `writeData` of this many bytes would write any of them now. */
  hasRoomForData(byteLength: number): boolean {
    return this.hasRoomFor(Math.min(byteLength, leastPiece))
  }

  /** Whether `write` of this many bytes would write now. */
  hasRoomFor(byteLength: number): boolean {
    return this.#room() >= recordBytes(byteLength)
  }

  /** Whether at least half of the ring is unread: then a reader is woken at once. */
  get isHalfFull(): boolean {
    return this.#room() <= this.#ring.byteLength / 2
  }

  #room(): number {
    return (
      this.#ring.byteLength - ((this.#written - Atomics.load(this.#cells, this.#ring.read)) >>> 0)
    )
  }

  #put(kind: RecordKind, bytes: Uint8Array): void {
    const ring = this.#ring
    const mask = ring.byteLength - 1
    const at = this.#written & mask
    ring.words[at >>> 2] = headerOf(kind, bytes.length)
    const start = (at + headerBytes) & mask
    const first = ring.byteLength - start
    if (bytes.length <= first) copyShared(bytes, ring.bytes, start)
    else {
      copyShared(bytes.subarray(0, first), ring.bytes, start)
      copyShared(bytes.subarray(first), ring.bytes, 0)
    }
    this.#written = (this.#written + recordBytes(bytes.length)) | 0
    // Publishes what was written: the other thread reads the counter first.
    Atomics.store(this.#cells, ring.written, this.#written)
  }
}
