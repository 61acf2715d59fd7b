// Filters for `inWorker`, as users write them: each export makes the steps of one body.
import { tell, waitAt } from './gate.mjs'

export default () => ({ data: (bytes) => bytes })

export const upper = () => ({
  data: (bytes) => bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
})

/** Joins what comes to pieces of `minBytes`. */
export const coalesce = ({ minBytes }) => {
  let held = []
  let heldBytes = 0
  const release = () => {
    if (heldBytes === 0) return undefined
    const joined = Buffer.concat(held)
    held = []
    heldBytes = 0
    return joined
  }
  return {
    data(bytes) {
      held.push(bytes)
      heldBytes += bytes.length
      return heldBytes < minBytes ? undefined : release()
    },
    release,
  }
}

/** Holds a copy of the bytes, and overwrites them. */
export const copies = () => {
  let held
  return {
    data(bytes) {
      const before = held
      held = bytes.slice()
      bytes.fill(46)
      return before
    },
    release: () => held,
  }
}

/** Throws at the seventh byte. */
export const throws = () => {
  let count = 0
  return {
    *data(bytes) {
      for (const byte of bytes) {
        if (++count === 7) throw Object.assign(new Error('cannot go on'), { code: 'SEVENTH' })
        yield Uint8Array.of(byte)
      }
    },
  }
}

const twice = (bytes) =>
  Uint8Array.from({ length: 2 * bytes.length }, (_, index) => bytes[index >> 1])

/** Each byte twice, in up to 64 pieces: each piece crosses by itself. */
export const doubled = () => ({
  *data(bytes) {
    const pieceBytes = Math.ceil(bytes.length / 64)
    for (let at = 0; at < bytes.length; at += pieceBytes)
      yield twice(bytes.subarray(at, at + pieceBytes))
  },
})

/** Holds all, and says why it lets go. */
export const reasons = () => {
  let held = 0
  return {
    data(bytes) {
      held += bytes.length
    },
    release(why) {
      const text = `${why}:${held} `
      held = 0
      return Buffer.from(text)
    },
  }
}

/** Blocks at each piece until the gate is open. */
export const gated = (memory) => ({
  data(bytes) {
    waitAt(memory)
    return bytes
  },
})

/** Counts what was closed: itself, and the pieces that it was giving. */
export const closing = ({ steps, pieces }) => ({
  *data(bytes) {
    try {
      for (;;) yield bytes
    } finally {
      tell(pieces)
    }
  },
  close: () => tell(steps),
})

/** Does what its first byte says. */
export const unruly = () => ({
  data(bytes) {
    switch (String.fromCharCode(bytes[0])) {
      case 'l':
        for (;;);
      case 'e':
        process.exit(3)
        return undefined
      case 't':
        throw Object.assign(new RangeError('too much'), { code: 'TOO_MUCH', status: 413 })
      case 'p':
        return Promise.reject(new Error('nobody hears this'))
      case 'g':
        return (async function* () {
          yield bytes
        })()
      case 'q':
        return [Promise.reject(new Error('nobody hears this'))]
      case 's':
        return 'text'
      case 'i':
        return ['text']
      default:
        return bytes
    }
  },
})

export const throwsAtOnce = () => {
  throw Object.assign(new Error('cannot begin'), { code: 'NO_START' })
}

export const noSteps = () => ({ transform() {} })

export const promised = async () => ({ data: (bytes) => bytes })

export const generated = async function* () {
  yield 'steps'
}

export const promises = () => Promise.resolve({ data: (bytes) => bytes })

export const closesBadly = () => ({
  data: (bytes) => bytes,
  close() {
    throw Object.assign(new Error('cannot close'), { code: 'NO_CLOSE' })
  },
})

/** Ends its thread by an error that is none, behind its first step. */
export const throwsNull = () => ({
  data(bytes) {
    setTimeout(() => {
      throw null
    }, 0)
    return bytes
  },
})
