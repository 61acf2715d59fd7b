// Functions for clients that leave. They count how often they have begun, and how often they heard of it.
import { waitAt } from './gate.mjs'

const counting = ({ heard }, at, run) => {
  const cells = new Int32Array(heard)
  Atomics.add(cells, at, 1)
  try {
    return run()
  } catch (error) {
    if (error.code === 'READER_GONE') Atomics.add(cells, at + 1, 1)
    throw error
  }
}

export const reads = ({ input }, values) =>
  counting(values, 0, () => {
    while (input.read() !== undefined);
    return 'all'
  })

export const writes = ({ respond }, values) =>
  counting(values, 2, () => {
    const writer = respond()
    const piece = Buffer.alloc(16_384, 'x')
    for (;;) writer.write(piece)
  })

export const holds = (_request, { gate }) => {
  waitAt(gate)
  return 'late'
}

export const quick = () => 'quick'
