/** Memory in which functions on other threads note what they see; see `test/blocking/programs/notes.mjs`. */
export const sharedNotes = (): SharedArrayBuffer => new SharedArrayBuffer(65_536)

/** What has been noted, a line each. */
export const notesOf = (memory: SharedArrayBuffer): readonly string[] => {
  const end = Atomics.load(new Int32Array(memory, 0, 1), 0)
  return Buffer.from(new Uint8Array(memory, 4).slice(0, end)).toString().split('\n').slice(0, -1)
}
