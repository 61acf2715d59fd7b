import { concat, data, isData, isTrailers } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter } from '@sluice/filter'
import { byHandOfAnyLength, inverted, mapByHand, onBytes, onFrames } from './hand-written.ts'
import type { AnyFrame } from '@sluice/body'
import type { Mutant } from './hand-written.ts'

/** Mutants that are wrong about the memory of bytes, about large frames, and about what belongs to one body alone. */
export const mutantsOfMemory: readonly Mutant[] = [
  // The memory around a view
  {
    name: 'takes the whole ArrayBuffer of a view',
    law: 7,
    make: () => onBytes((bytes) => new Uint8Array(bytes.buffer)),
  },
  {
    name: 'reads from the start of the ArrayBuffer of a view',
    law: 7,
    make: () =>
      onBytes((bytes) => {
        const view = new DataView(bytes.buffer)
        return Uint8Array.from(bytes, (_, at) => view.getUint8(at) ^ 1)
      }),
  },
  {
    name: 'slices the ArrayBuffer by the length of the view, in a generator',
    law: 7,
    make: () =>
      async function* (body) {
        for await (const frame of body)
          if (!isData(frame)) yield frame
          else if (frame.bytes.length > 0)
            yield data(new Uint8Array(frame.bytes.buffer.slice(0, frame.bytes.length)))
      },
  },
  {
    name: 'writes a zero behind the view, where there is room',
    law: 7,
    make: () =>
      onBytes((bytes) => {
        const end = bytes.byteOffset + bytes.length
        if (end < bytes.buffer.byteLength) new Uint8Array(bytes.buffer, end, 1)[0] = 0
        return bytes
      }),
  },
  {
    name: 'hands the memory of a view over to a thread',
    law: 7,
    make: () =>
      onBytes((bytes) => {
        const { buffer } = bytes
        return buffer instanceof ArrayBuffer
          ? structuredClone(bytes, { transfer: [buffer] })
          : bytes
      }),
  },
  {
    name: 'copies by slice, which is a view where the bytes are a Buffer, and works in the copy',
    law: 7,
    make: () =>
      onBytes((bytes) => {
        const copy = bytes.slice()
        for (let at = 0; at < copy.length; at++) copy[at] = (copy[at] ?? 0) ^ 255
        return copy
      }),
  },
  {
    name: 'remembers what it made by the ArrayBuffer of the bytes',
    law: 7,
    make: () => {
      const made = new WeakMap<object, Uint8Array>()
      return onBytes((bytes) => {
        const before = made.get(bytes.buffer)
        if (before?.length === bytes.length) return before
        const now = inverted(bytes)
        made.set(bytes.buffer, now)
        return now
      })
    },
  },
  {
    name: 'writes every frame into the same memory',
    law: 7,
    make: () =>
      filter('scratch', () => {
        const memory = new Uint8Array(1 << 21)
        return {
          data(bytes) {
            memory.set(bytes)
            return memory.subarray(0, bytes.length)
          },
        }
      }),
  },
  {
    name: 'writes into a pool of 64 pieces of memory, which comes round',
    law: 7,
    make: () => {
      const pool: Uint8Array[] = Array.from({ length: 64 }, () => new Uint8Array(32))
      let at = 0
      return onBytes((bytes) => {
        const piece = pool[at++ % pool.length]
        if (piece === undefined || bytes.length > piece.length) return bytes
        piece.set(bytes)
        return piece.subarray(0, bytes.length)
      })
    },
  },
  {
    name: 'writes the mapped bytes into the frame that it was given',
    law: 7,
    make: () =>
      mapByHand(
        () => (frame) =>
          isData(frame) ? Object.assign(frame, { bytes: inverted(frame.bytes) }) : frame,
      ),
  },

  // Large frames, many frames
  {
    name: 'cuts a frame at 8 KiB and loses the rest',
    law: 7,
    make: () => filter('cut', () => ({ data: (bytes) => bytes.subarray(0, 8192) })),
  },
  {
    name: 'makes text of a frame by spreading it into a call, which large ones overflow',
    law: 7,
    make: () =>
      filter('spread', () => ({
        data: (bytes) =>
          Uint8Array.from(String.fromCharCode(...bytes), (character) => character.charCodeAt(0)),
      })),
  },
  {
    name: 'joins small frames in memory of 4 KiB, into which larger ones do not go',
    law: 7,
    options: { maxHeldBytes: 4096 },
    make: () =>
      filter('joins', () => {
        let memory = new Uint8Array(4096)
        let used = 0
        const release = () => {
          const joined = memory.subarray(0, used)
          memory = new Uint8Array(4096)
          used = 0
          return joined.length > 0 ? joined : undefined
        }
        return {
          data(bytes) {
            const full = used + bytes.length > memory.length ? release() : undefined
            memory.set(bytes, used)
            used += bytes.length
            return full
          },
          release,
        }
      }),
  },
  {
    name: 'swaps the halves of what is larger than 64 KiB',
    law: 7,
    make: () =>
      filter('halves', () => ({
        *data(bytes) {
          if (bytes.length <= 65_536) return yield bytes
          yield bytes.subarray(bytes.length / 2)
          yield bytes.subarray(0, bytes.length / 2)
        },
      })),
  },
  {
    name: 'counts the length of a frame in 16 bits',
    law: 7,
    make: () =>
      filter('sixteen', () => ({ data: (bytes) => bytes.subarray(0, bytes.length & 0xffff) })),
  },
  {
    name: 'holds by the number of frames, and not of bytes',
    law: 8,
    options: { maxHeldBytes: 256 },
    make: () =>
      filter('byFrames', () => {
        let held: Uint8Array[] = []
        const release = () => {
          const joined = concat(held)
          held = []
          return joined.length > 0 ? joined : undefined
        }
        return { data: (bytes) => (held.push(bytes) < 4 ? undefined : release()), release }
      }),
  },

  // One filter, several bodies
  {
    name: 'holds bytes in one place for all bodies',
    law: 1,
    options: { maxHeldBytes: Number.POSITIVE_INFINITY },
    make: () => {
      let held: Uint8Array[] = []
      const release = () => {
        const all = concat(held)
        held = []
        return all.length > 0 ? all : undefined
      }
      return filter('held', () => ({ data: (bytes) => void held.push(bytes), release }))
    },
  },
  {
    name: 'decodes the text of all bodies with one decoder',
    law: 1,
    options: { maxHeldOverFlushBytes: 3 },
    make: () => {
      const decoder = new TextDecoder()
      const encoder = new TextEncoder()
      const encoded = (text: string) => (text === '' ? undefined : encoder.encode(text))
      return filter('decoder', () => ({
        data: (bytes) => encoded(decoder.decode(bytes, { stream: true })),
        release: (why) =>
          why === 'end' || why === 'trailers' ? encoded(decoder.decode()) : undefined,
      }))
    },
  },
  {
    name: 'numbers the frames of all bodies together',
    law: 1,
    make: () => {
      let at = 0
      return async function* (body) {
        for await (const frame of body)
          if (!isData(frame)) yield frame
          else if (frame.bytes.length > 0)
            yield data(frame.bytes.map((byte) => byte ^ (at++ & 255)))
      }
    },
  },
  {
    name: 'keeps the trailers for the end where all bodies keep theirs',
    law: 1,
    make: () => {
      let kept: AnyFrame | undefined
      return frameFilter<never, AnyFrame>('kept', () => ({
        frame(frame) {
          if (!isTrailers(frame)) return frame
          kept = frame
          return undefined
        },
        end() {
          const last = kept
          kept = undefined
          return last
        },
      }))
    },
  },
  {
    name: 'has ended with the first body',
    law: 1,
    make: () => {
      let over = false
      return (body) =>
        fromPull(() => {
          const source = pullFrom(body)
          return {
            async pull() {
              if (over) return undefined
              const frame = await source.pull()
              if (frame === undefined) over = true
              return frame
            },
            close: () => source.close(),
          }
        }, body.byteLength)
    },
  },
  {
    name: 'closes its steps for all bodies: what comes after is passed as it is',
    law: 1,
    make: () => {
      let open = true
      return filter(
        'open',
        () => ({
          data: (bytes) => (open ? inverted(bytes) : bytes),
          close() {
            open = false
          },
        }),
        { keepsLength: true },
      )
    },
  },
  {
    name: 'keeps the frame that it works at where all bodies keep theirs',
    law: 1,
    make: () => {
      let current: AnyFrame | undefined
      return byHandOfAnyLength((source) => ({
        async pull() {
          current = await source.pull()
          if (current === undefined) return undefined
          await undefined
          return current
        },
        close: () => source.close(),
      }))
    },
  },
  {
    name: 'takes two bodies, and refuses the third',
    law: 1,
    make: () => {
      let bodies = 0
      return filter('two', () => {
        const number = ++bodies
        return {
          data(bytes) {
            if (number > 2) throw new Error('too many bodies')
            return bytes
          },
        }
      })
    },
  },
  {
    name: 'is one body: what it is given second it does not read',
    law: 1,
    make: () => {
      let made: ReturnType<ReturnType<typeof frameFilter>> | undefined
      const same = onFrames(() => (frame) => frame)
      return (body) => {
        made ??= same(body)
        return made
      }
    },
  },
]
