// Functions that compute or wait too long.
import { execFileSync } from 'node:child_process'
import { waitAt } from './gate.mjs'
import { note, noting } from './notes.mjs'

export const spins = () => {
  while (true);
}

/** A native call, which nothing can end. */
export const sleeps = () => execFileSync('sleep', ['1'])

export const spinsAfterHead = ({ respond, target }) => {
  const writer = respond(target === '/length' ? { headers: { 'content-length': '10' } } : {})
  writer.write('abc')
  writer.flush()
  while (true);
}

export const spinsAfterEnd = () => {
  const bytes = new Uint8Array(3)
  queueMicrotask(() => {
    while (true);
  })
  return bytes
}

/** Reads to the end, however long that takes. */
export const waits = ({ input }, { notes }) => {
  const text = noting(notes, () => input.readText())
  return `${text.length}`
}

/** Writes so many bytes in pieces. */
export const writes = ({ respond, target }, { notes }) => {
  const writer = respond()
  const piece = Buffer.alloc(16_384, 'x')
  noting(notes, () => {
    for (let left = Number(target.slice(1)); left > 0; left -= piece.length)
      writer.write(left < piece.length ? piece.subarray(0, left) : piece)
  })
}

/** Computes until its client has gone; says when it began. */
export const computes = ({ client }, { notes }) => {
  note(notes, 'began')
  while (!client.isGone);
  note(notes, 'gone')
  return 'nobody reads this'
}

/** Holds its thread until the test lets it go. */
export const holds = (_request, { notes, gate }) => {
  note(notes, 'began')
  waitAt(gate)
  return 'served'
}

/** Reads on behind its response, whose end its client has. */
export const readsOn = ({ respond, input }, { notes }) => {
  const writer = respond()
  writer.write('x')
  writer.finish()
  note(notes, 'finished')
  noting(notes, () => input.read())
}

/** Writes without an end. */
export const writesMuch = ({ respond }, { notes, status }) => {
  const writer = respond({ status })
  noting(notes, () => {
    for (;;) writer.write('some content')
  })
}

/** As `waits`, and says when it begins. */
export const reads = ({ input }, { notes }) => {
  note(notes, 'reads')
  return noting(notes, () => input.readText())
}

export const quick = () => 'quick'
