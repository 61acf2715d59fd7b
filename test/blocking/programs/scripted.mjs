// Does what a test has made up, step by step.

const spin = (ms) => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

export default ({ input, respond }, { steps }) => {
  let writer
  for (const { does, count } of steps)
    switch (does) {
      case 'begin':
        writer ??= respond({ status: 201 })
        break
      case 'write':
        writer?.write(Buffer.alloc(count, count & 255))
        break
      case 'flush':
        writer?.flush()
        break
      case 'read':
        input.readExactly(count)
        break
      case 'spin':
        spin(count / 20_000)
        break
      case 'throw':
        throw Object.assign(new Error('made up'), { code: 'MADE_UP' })
      case 'exit':
        process.exit()
    }
  return writer === undefined ? 'returned' : undefined
}

/** Sends back each piece as it comes, with some work between. */
export const mirrors = ({ input, respond }, { most }) => {
  const writer = respond()
  let seed = 1
  for (let bytes = input.read(most); bytes !== undefined; bytes = input.read(most)) {
    seed = (seed * 48_271) % 2_147_483_647
    if (seed % 50 === 0) spin((seed % 7) / 50)
    writer.write(bytes)
  }
}

/** Reads into targets of these lengths, in turn with reads and with lines, and sends back what was read. */
export const fills = ({ input, respond }, { lengths }) => {
  const writer = respond()
  const target = Buffer.alloc(1 + Math.max(...lengths))
  for (let turn = 0; ; turn++) {
    const most = lengths[turn % lengths.length]
    if (most === 0) {
      writer.write(input.read() ?? '')
      continue
    }
    const filled = input.readInto(target.subarray(1, 1 + most))
    if (filled === 0) return writer.finish({ more: input.readInto(target) })
    writer.write(target.subarray(1, 1 + filled))
  }
}

/** Asks for what cannot be filled. */
export const misfills = ({ input }, { target }) => {
  try {
    input.readInto(target)
  } catch (error) {
    return error.name
  }
}
