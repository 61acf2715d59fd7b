// For each request, and for each body that is filtered, the event loop and a worker thread share a `SharedArrayBuffer`: cells, and two
// rings of bytes.
//
// - `input` goes from the loop to the worker: the content of the request, or the body.
// - `output` goes from the worker to the loop: the head of the response, its content, its flushes; or what the filter gives.
//
// Each ring has one writer and one reader. Both only ever advance a counter of bytes; what lies between the two counters is unread, and
// only the reader may change it. A thread that has to wait sleeps until the other changes its cell of events: a blocking function in
// `Atomics.wait`, the loop in `Atomics.waitAsync`, which holds no handle, and so does a filter, which shares its thread with others. So
// bytes cost a copy and no message, whatever the size of a write, and a request cannot occupy more than its two rings.
//
// What crosses is cut into records: four bytes with the kind and the length, then the bytes, padded to four. A flush is a record among
// data, so it cannot overtake them.

/** Indices of the cells. Each is written by one side only; both write those of events, and `loopWants`. */
export const cell = {
  /** Counts events for the worker, which sleeps on it. */
  toWorker: 0,
  /** Counts events for the loop, which sleeps on it. */
  toLoop: 1,
  inputWritten: 2,
  inputRead: 3,
  outputWritten: 4,
  outputRead: 5,
  /** Set by the worker: it has asked for content, so the loop begins to read the request. */
  inputWanted: 6,
  /** Set by the loop: why nothing more comes and goes; see `left`. */
  left: 7,
  /** Bits of `wants`: what the loop waits for. The worker clears a bit when it wakes the loop for it. */
  loopWants: 8,
  /** Set by the worker while it sleeps until its client has read or sent something. */
  workerWaits: 9,
  /** Milliseconds for which the worker has slept so far. */
  waitedMs: 10,
  /** The id of the worker's thread: 0 until it has begun, negative while it imports the module of the function. */
  thread: 11,
  /** Of a filter, set by the worker: up to where it has handled the input, and written what came of it. */
  inputHandled: 12,
  /** Of a filter: odd while its code runs. The worker counts each time it begins and ends to wait. */
  turns: 13,
  /** Of a filter, set by the worker as the last that it does here: the memory may serve another body. */
  workerDone: 14,
  /** Milliseconds for which the module of the function was imported; set by the worker before `thread` says that it is. */
  importMs: 15,
} as const

/** Bits of the cell `loopWants`. */
export const wants = {
  /** A record in the output. */
  output: 1,
  /** Room in the input. */
  room: 2,
  /** The first read of the worker. */
  reading: 4,
} as const

/** Values of the cell `left`, other than 0. */
export const left = {
  clientGone: 1,
  requestOver: 2,
} as const

const cellBytes = 64

/** Of the output, and of the input of a filter; a power of two, since the counters of a ring wrap around. */
export const ringBytes = 524_288

/** Of the input of a function, which reads as fast as the loop writes: twice as much takes a tenth less CPU. */
export const functionInputBytes = 1_048_576

/** A ring's bytes, and where its counters are. */
export interface Ring {
  readonly bytes: Buffer
  readonly words: Int32Array<SharedArrayBuffer>
  readonly byteLength: number
  readonly written: number
  readonly read: number
}

/** Both ends have one of their own, over the same memory. */
export interface Channel {
  readonly memory: SharedArrayBuffer
  readonly cells: Int32Array<SharedArrayBuffer>
  readonly input: Ring
  readonly output: Ring
}

export const newMemory = (inputBytes: number = ringBytes): SharedArrayBuffer =>
  new SharedArrayBuffer(cellBytes + inputBytes + ringBytes)

/** Makes used memory as good as new: unread bytes are not reached by counters at 0. */
export const resetMemory = (memory: SharedArrayBuffer): void => {
  new Int32Array(memory, 0, cellBytes / 4).fill(0)
}

/** The cells alone, for a task through which no bytes flow. */
export const newCells = (): SharedArrayBuffer => new SharedArrayBuffer(cellBytes)

export const channelOver = (memory: SharedArrayBuffer): Channel => {
  const inputBytes = memory.byteLength - cellBytes - ringBytes
  const ring = (offset: number, byteLength: number, written: number, read: number): Ring => ({
    bytes: Buffer.from(memory, offset, byteLength),
    words: new Int32Array(memory, offset, byteLength / 4),
    byteLength,
    written,
    read,
  })
  return {
    memory,
    cells: new Int32Array(memory, 0, cellBytes / 4),
    input: ring(cellBytes, inputBytes, cell.inputWritten, cell.inputRead),
    output: ring(cellBytes + inputBytes, ringBytes, cell.outputWritten, cell.outputRead),
  }
}
