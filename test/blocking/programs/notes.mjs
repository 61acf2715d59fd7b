// What a function tells its test, through memory that both share: a line each.

/** @param {SharedArrayBuffer} memory Of `sharedNotes()`. */
export const note = (memory, line) => {
  const cells = new Int32Array(memory, 0, 1)
  const bytes = new TextEncoder().encode(`${line}\n`)
  const at = Atomics.add(cells, 0, bytes.length)
  new Uint8Array(memory, 4).set(bytes, at)
}

/** Notes the code of what `run` throws, and throws it on. */
export const noting = (memory, run) => {
  try {
    return run()
  } catch (error) {
    note(memory, error.code)
    throw error
  }
}
