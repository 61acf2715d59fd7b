import { copyShared } from './copy-shared.ts'
import { headerOf, record, recordBytes, recordKind, recordLength } from './record.ts'
import type { Bytes } from '@sluice/body'
import type { Ring } from './channel.ts'

const headerBytes = 4

/** Reads records from a ring. Never waits: `kind` is `undefined` if there is no record now. */
export class RingReader {
  readonly #ring: Ring
  readonly #mask: number
  readonly #cells: Int32Array
  #read: number

  constructor(ring: Ring, cells: Int32Array) {
    this.#ring = ring
    this.#mask = ring.byteLength - 1
    this.#cells = cells
    this.#read = Atomics.load(cells, ring.read)
  }

  /** The kind of the next record, without taking it. */
  kind(): number | undefined {
    return this.#unread() === 0 ? undefined : recordKind(this.#headerAt(this.#read))
  }

  /** Takes the next record. */
  take(): Bytes {
    const byteLength = recordLength(this.#headerAt(this.#read))
    const memory = allocate(byteLength)
    this.#copy(this.#read, byteLength, memory, 0)
    this.#advance(recordBytes(byteLength))
    return plain(memory)
  }

  /** Takes the data records that are next, joined: no more than `maxBytes`, except for a first record that is larger. */
  takeData(maxBytes: number): Bytes {
    const found = this.#dataAhead(maxBytes)
    const memory = allocate(found.byteLength)
    let at = this.#read
    let filled = 0
    while (filled < found.byteLength) {
      const length = recordLength(this.#headerAt(at))
      this.#copy(at, length, memory, filled)
      filled += length
      at = (at + recordBytes(length)) | 0
    }
    this.#advance(found.ringBytes)
    return plain(memory)
  }

  /** Takes data into `target`, until it is full or no data is next. Its length is 4 at least. @returns How many bytes. */
  takeDataInto(target: Buffer): number {
    const unread = this.#unread()
    let taken = 0
    let filled = 0
    while (taken < unread && target.length - filled >= headerBytes) {
      const at = (this.#read + taken) | 0
      const header = this.#headerAt(at)
      if (recordKind(header) !== record.data) break
      const length = recordLength(header)
      const room = target.length - filled
      const copied = length <= room ? length : room & ~3
      this.#copy(at, copied, target, filled)
      filled += copied
      taken += copied < length ? this.#shorten(at, copied) : recordBytes(length)
    }
    this.#advance(taken)
    return filled
  }

  /** Whether so many bytes are unread, of records and their headers. */
  hasUnread(byteLength: number): boolean {
    return this.#unread() >= byteLength
  }

  /** Whether at least half of the ring is free: before that, a writer that waits for room is not woken. */
  get isHalfEmpty(): boolean {
    return this.#unread() <= this.#ring.byteLength / 2
  }

  #dataAhead(maxBytes: number): { readonly byteLength: number; readonly ringBytes: number } {
    const unread = this.#unread()
    let byteLength = 0
    let taken = 0
    while (taken < unread) {
      const header = this.#headerAt((this.#read + taken) | 0)
      const length = recordLength(header)
      if (recordKind(header) !== record.data) break
      if (byteLength > 0 && byteLength + length > maxBytes) break
      byteLength += length
      taken += recordBytes(length)
    }
    return { byteLength, ringBytes: taken }
  }

  /** Makes a record of what is left of a data record: its header takes the place of the last bytes that were taken. */
  #shorten(at: number, by: number): number {
    const header = headerOf(record.data, recordLength(this.#headerAt(at)) - by)
    this.#ring.words[((at + by) & this.#mask) >>> 2] = header
    return by
  }

  #unread(): number {
    return (Atomics.load(this.#cells, this.#ring.written) - this.#read) >>> 0
  }

  #headerAt(counter: number): number {
    return this.#ring.words[(counter & this.#mask) >>> 2] ?? 0
  }

  #copy(counter: number, byteLength: number, into: Buffer, at: number): void {
    const { bytes, byteLength: ringBytes } = this.#ring
    const start = (counter + headerBytes) & this.#mask
    const first = Math.min(byteLength, ringBytes - start)
    copyShared(bytes.subarray(start, start + first), into, at)
    if (first < byteLength) copyShared(bytes.subarray(0, byteLength - first), into, at + first)
  }

  #advance(by: number): void {
    this.#read = (this.#read + by) | 0
    Atomics.store(this.#cells, this.#ring.read, this.#read)
  }
}

/** Not from Node's pool: a small piece that is kept would keep 8 KiB. Not filled with zeros: all of it is written at once. */
const allocate = (byteLength: number): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(byteLength)

/** Not a `Buffer`, whose `slice` shares memory: all of the memory belongs to these bytes. */
const plain = ({ buffer }: Buffer<ArrayBuffer>): Bytes => new Uint8Array(buffer)
