// Functions that fail, each in a way of its own: the target says which.
import { HttpError } from '@sluice/stack'
import { note, noting } from './notes.mjs'

const isCircular = new Error('first')
isCircular.cause = new Error('second', { cause: isCircular })

const chain = (length) =>
  length === 0 ? undefined : new Error(`level ${length}`, { cause: chain(length - 1) })

const thrown = {
  '/error': () => new Error('cannot read the table', { cause: new Error('no such file') }),
  '/http': () =>
    new HttpError('OUT_OF_TEA', 'Cannot brew: found no tea', {
      status: 418,
      headers: { 'retry-after': '7' },
    }),
  '/hidden': () => new HttpError('OUT_OF_TEA', 'secret', { status: 418, expose: false }),
  '/exposed': () => Object.assign(new Error('shown'), { status: 409, expose: true }),
  '/odd-status': () => Object.assign(new Error('odd'), { status: Number.NaN, expose: true }),
  '/text': () => 'just text',
  '/nothing': () => undefined,
  '/getters': () => ({
    get message() {
      throw new Error('not this')
    },
    toString() {
      throw new Error('nor this')
    },
  }),
  '/cause-getter': () =>
    Object.defineProperty(new Error('its cause cannot be read'), 'cause', {
      get() {
        throw new Error('not this')
      },
    }),
  '/proxy': () =>
    new Proxy(new Error('behind a proxy'), {
      has() {
        throw new Error('not this')
      },
    }),
  '/circular': () => isCircular,
  '/chain': () => chain(20),
  '/large': () => new Error('m'.repeat(1_000_000)),
  '/large-escaped': () => {
    const error = new Error('\u0001'.repeat(100_000), { cause: chain(3) })
    for (let each = error; each !== undefined; each = each.cause) {
      each.message = '\u0001'.repeat(100_000)
      each.name = each.code = each.message
    }
    return error
  },
  '/large-fields': () =>
    new HttpError('OUT_OF_TEA', 'many fields', {
      status: 418,
      headers: Array.from({ length: 600 }, (_, i) => [`x-${i}`, 'v'.repeat(1000)]),
    }),
}

export const throws = ({ target }) => {
  throw thrown[target]()
}

/** Fails once its client has what it wrote, and says so by a byte. */
export const afterHead = ({ respond, target, input }) => {
  const writer = respond(target === '/length' ? { headers: { 'content-length': '10' } } : {})
  writer.write('abc')
  writer.flush()
  input.read()
  throw new Error('in the middle')
}

export const inIterable = ({ input }) =>
  (function* () {
    yield 'abc'
    yield { kind: 'flush' }
    input.read()
    throw new Error('in the middle')
  })()

export const afterFinish = ({ respond }) => {
  const writer = respond()
  writer.write('abc')
  writer.finish()
  throw new Error('too late')
}

/** The content of its request fails, and it throws that on. */
export const reads = ({ input }, { notes }) => {
  note(notes, 'began')
  let bytes = 0
  for (;;) {
    const read = noting(notes, () => input.read())
    if (read === undefined) return `${bytes}`
    bytes += read.length
  }
}

export const readsUpTo = ({ input }, { notes, maxBytes }) =>
  noting(notes, () => input.readText({ maxBytes }))

/** Heads and trailers that no record can hold, and ones that it can. */
export const large = ({ target, respond }) => {
  const count = Number(target.slice(1))
  const list = Array.from({ length: count }, (_, i) => [`x-${i}`, 'v'.repeat(10)])
  respond({ headers: list }).finish(list)
}

export const largeTrailers = ({ respond, input }) => {
  const writer = respond()
  writer.write('abc')
  writer.flush()
  input.read()
  writer.finish(Array.from({ length: 900 }, (_, i) => [`x-${i}`, 'v'.repeat(1000)]))
}
