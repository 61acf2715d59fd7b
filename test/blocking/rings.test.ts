// The rings between the event loop and a thread, without threads.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  cell,
  channelOver,
  functionInputBytes,
  newMemory,
  ringBytes,
} from '../../packages/blocking/src/channel/channel.ts'
import { record } from '../../packages/blocking/src/channel/record.ts'
import { RingReader } from '../../packages/blocking/src/channel/ring-reader.ts'
import { maxRecordBytes, RingWriter } from '../../packages/blocking/src/channel/ring-writer.ts'
import { holds } from '../support/holds.ts'

/** Both ends of a ring whose counters stand at `at`. */
const ringAt = (at: number) => {
  const { cells, output } = channelOver(newMemory())
  Atomics.store(cells, cell.outputWritten, at | 0)
  Atomics.store(cells, cell.outputRead, at | 0)
  return { writer: new RingWriter(output, cells), reader: new RingReader(output, cells) }
}

let filled = 0
/** Bytes that no other call gives. */
const content = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => (filled = (filled * 31 + 7) & 255))

const same = (found: Uint8Array | undefined, wanted: Uint8Array): boolean =>
  found !== undefined && Buffer.compare(found, wanted) === 0

const rings = suite('a ring')

rings('carries records of each length at each place around its end', () => {
  for (let before = 0; before <= 48; before += 4)
    for (let length = 0; length <= 48; length++) {
      const { writer, reader } = ringAt(ringBytes - before)
      const [first, second] = [content(length), content(3)]
      assert.ok(writer.write(record.head, first) && writer.writeData(second, 0) === 3)
      assert.is(reader.kind(), record.head)
      assert.ok(same(reader.take(), first), `${length} bytes ${before} before the end`)
      assert.is(reader.kind(), record.data)
      assert.ok(same(reader.takeData(65_536), second))
      assert.is(reader.kind(), undefined)
    }
})

rings('goes on when its counters wrap around at 4 GiB', () => {
  const { writer, reader } = ringAt(2 ** 32 - 2 * ringBytes)
  for (let bytes = 0; bytes < 4 * ringBytes; bytes += 60_000) {
    const [data, flush] = [content(60_000), content(0)]
    assert.is(writer.writeData(data, 0), data.length)
    assert.ok(writer.write(record.flush, flush))
    assert.ok(same(reader.takeData(65_536), data))
    assert.is(reader.kind(), record.flush)
    assert.ok(same(reader.take(), flush))
  }
})

rings('is full with one record of the largest size, and has room again once it is read', () => {
  for (const at of [0, 4, ringBytes - 4, 2 ** 31 - 4, 2 ** 32 - 8]) {
    const { writer, reader } = ringAt(at)
    const most = content(maxRecordBytes)
    assert.ok(writer.write(record.trailers, most))
    assert.not.ok(writer.write(record.end, content(0)))
    assert.is(writer.writeData(content(1), 0), 0)
    assert.not.ok(writer.hasRoomFor(0) || writer.hasRoomForData(1))
    assert.ok(same(reader.take(), most))
    assert.ok(writer.hasRoomFor(maxRecordBytes))
    assert.not.ok(writer.hasRoomFor(maxRecordBytes + 1))
  }
})

rings('says that it has room exactly if the next write writes', () => {
  for (const free of [0, 4, 8, 12, 16_376, 16_380, 16_384, 16_388, 16_392, 20_000, 70_000]) {
    const { writer } = ringAt(12)
    writer.write(record.head, new Uint8Array(ringBytes - free - 4))
    for (const length of [1, 3, 4, 5, 16_380, 16_384, 16_385, 70_000]) {
      const can = writer.hasRoomForData(length)
      const { writer: other } = ringAt(12)
      other.write(record.head, new Uint8Array(ringBytes - free - 4))
      assert.is(other.writeData(new Uint8Array(length), 0) > 0, can, `${length} in ${free}`)
    }
  }
})

interface Expected {
  readonly kind: number
  readonly bytes: Uint8Array
}

/** Takes what is there: data comes joined, so it is compared piece by piece. */
const takeAll = (reader: RingReader, maxBytes: number, expected: Expected[]) => {
  for (let kind = reader.kind(); kind !== undefined; kind = reader.kind()) {
    if (kind !== record.data) {
      const next = expected.shift()
      assert.is(next?.kind, kind)
      assert.ok(same(reader.take(), next?.bytes ?? content(1)))
      continue
    }
    let found = reader.takeData(maxBytes)
    while (found.length > 0) {
      const next = expected.shift()
      assert.is(next?.kind, record.data)
      const length = next?.bytes.length ?? 0
      assert.ok(same(found.subarray(0, length), next?.bytes ?? content(1)))
      found = found.subarray(length)
    }
  }
}

rings(
  'of the input of a function holds twice as much, beside an output that it does not touch',
  () => {
    const { cells, input, output } = channelOver(newMemory(functionInputBytes))
    const wanted = content(functionInputBytes - 8)
    const [writer, reader] = [new RingWriter(input, cells), new RingReader(input, cells)]
    assert.is(writer.writeData(wanted, 0), wanted.length)
    const [answers, answered] = [new RingWriter(output, cells), new RingReader(output, cells)]
    const most = content(maxRecordBytes)
    assert.ok(answers.write(record.head, most))
    assert.ok(same(reader.takeData(65_536), wanted))
    assert.ok(same(answered.take(), most))
  },
)

rings('fills a target at each place around its end, and leaves the rest of a record', () => {
  for (let before = 0; before <= 48; before += 4)
    for (let size = 4; size <= 40; size++) {
      const { writer, reader } = ringAt(ringBytes - before)
      const wanted = content(64)
      for (const [from, to] of [
        [0, 33],
        [33, 34],
        [34, 64],
      ])
        writer.writeData(wanted.subarray(from, to), 0)
      writer.write(record.flush, content(0))
      const found: Buffer[] = []
      while (reader.kind() === record.data) {
        const target = Buffer.alloc(size)
        const filled = reader.takeDataInto(target)
        // A record is cut only at whole words.
        if (reader.kind() === record.data) assert.ok(filled > size - 4, `${filled} of ${size}`)
        found.push(target.subarray(0, filled))
      }
      assert.ok(same(Buffer.concat(found), wanted), `${size} bytes ${before} before the end`)
      assert.is(reader.kind(), record.flush)
    }
})

const writes = fc.record({
  kind: fc.constantFrom(record.data, record.flush, record.head),
  length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 100_000 })),
  reads: fc.boolean(),
})

rings('gives what was written, in order, however both ends take turns', () =>
  holds(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 30 - 1 }),
      fc.array(writes, { maxLength: 30 }),
      fc.integer({ min: 1, max: 100_000 }),
      (place, steps, maxBytes) => {
        const { writer, reader } = ringAt(place * 4)
        const expected: Expected[] = []
        for (const { kind, length, reads } of steps) {
          const bytes = new Uint8Array(length).fill(length)
          if (kind === record.data) {
            const taken = writer.writeData(bytes, 0)
            if (taken > 0) expected.push({ kind, bytes: bytes.subarray(0, taken) })
          } else if (writer.write(kind, bytes)) expected.push({ kind, bytes })
          if (reads) takeAll(reader, maxBytes, expected)
        }
        takeAll(reader, maxBytes, expected)
        assert.is(expected.length, 0)
      },
    ),
    300,
  ),
)

rings.run()
