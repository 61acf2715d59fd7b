// Functions whose thread ends.

export const exits = () => process.exit(3)

/** Ends once its client has what it wrote, and says so by a byte. */
export const exitsAfterHead = ({ respond, input }) => {
  const writer = respond()
  writer.write('abc')
  writer.flush()
  input.read()
  process.exit(3)
}

/** Has answered; its thread ends behind it. */
export const exitsLater = ({ target }) => {
  switch (target) {
    case '/timer':
      setTimeout(() => process.exit(3), 0)
      break
    case '/microtask':
      queueMicrotask(() => process.exit(3))
      break
    case '/rejection':
      Promise.reject(new Error('nobody caught this'))
      break
    case '/throw':
      queueMicrotask(() => {
        throw new Error('nobody caught this')
      })
      break
    case '/immediate':
      setImmediate(() => {
        throw new Error('nobody caught this')
      })
  }
  return 'answered'
}

export const fillsMemory = () => {
  const all = []
  for (;;) all.push(new Array(10_000).fill(all.length))
}

export const quick = () => 'quick'
