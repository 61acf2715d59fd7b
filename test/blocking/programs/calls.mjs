// Functions for `run`, as users write them: each export is one call.
import { threadId as id } from 'node:worker_threads'
import { tell, waitAt } from './gate.mjs'

export default (given) => ({ given, sum: given.numbers.reduce((all, each) => all + each, 0) })

export const waits = ({ memory, answer }) => {
  waitAt(memory)
  return answer
}

export const spins = (memory) => {
  tell(memory)
  for (;;);
}

export const throws = (kind) => {
  if (kind === 'a string') throw 'just text'
  const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  throw Object.assign(new TypeError('cannot read the table', { cause }), {
    code: 'TABLE_GONE',
    status: 410,
    expose: true,
  })
}

export const returns = (kind) => {
  switch (kind) {
    case 'a promise':
      return Promise.reject(new Error('nobody hears this'))
    case 'an async generator':
      return (async function* () {
        yield 'late'
      })()
    case 'a function':
      return () => {}
    case 'an object with a function':
      return { rows: [1], next() {} }
    case 'a symbol':
      return Symbol('own')
    case 'a getter that throws':
      return {
        get rows() {
          throw new RangeError('no rows')
        },
      }
    default:
      return kind
  }
}

export const threadId = () => id

/** Leaves an error behind that nobody catches, and returns. */
export const leavesAnError = (thrown) => {
  setTimeout(() => {
    throw thrown === null ? null : new Error(thrown)
  }, 0)
  return 'armed'
}

/** Long enough for the turn of its thread to be due. */
export const takesAWhile = () => {
  const end = performance.now() + 20
  while (performance.now() < end);
  return 'innocent'
}

/** For `never-imported.mjs`, on the same thread. */
export const keepsGate = (memory) => {
  globalThis.importGate = memory
}
