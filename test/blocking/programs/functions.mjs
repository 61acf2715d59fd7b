// Functions that may block, as users write them: each export is one.
import { parentPort } from 'node:worker_threads'
import { json } from '@sluice/stack'

export default ({ method, target }) => `${method} ${target}\n`

export const upper = ({ input }) =>
  (function* () {
    for (const line of input.lines()) yield `${line.toUpperCase()}\n`
  })()

export const echo = ({ input, headers }) => ({
  status: 201,
  headers: { 'x-type': headers.get('content-type') ?? 'none' },
  body: (function* () {
    for (let bytes = input.read(); bytes !== undefined; bytes = input.read()) yield bytes
  })(),
})

export const written = ({ respond }) => {
  const writer = respond({ status: 202, headers: { 'x-own': '1' } })
  for (const word of ['one', 'two']) {
    writer.write(word)
    writer.flush()
  }
  writer.finish({ 'x-sum': '2' })
}

export const answers = ({ target }) => {
  switch (target) {
    case '/json':
      return json({ ü: 1 }, { status: 203 })
    case '/bytes':
      return new Uint8Array([1, 2, 3])
    case '/head':
      return { status: 204 }
    case '/nothing':
      return undefined
    case '/number':
      return 7
    case '/promise':
      return Promise.reject(new Error('nobody hears this'))
    case '/waits':
      return {
        body: (async function* () {
          yield { kind: 'data', bytes: new Uint8Array(1) }
        })(),
      }
    case '/generator':
      return (async function* () {
        yield 'late'
      })()
    case '/piece':
      return ['a', Promise.reject(new Error('nobody hears this'))]
    case '/body':
      return { body: Promise.reject(new Error('nobody hears this')) }
    case '/no-iterator':
      return { [Symbol.iterator]: 5 }
    case '/pause':
      return [{ kind: 'pause', until: Promise.reject(new Error('lost')) }]
    default:
      return {
        body: [
          'a',
          { kind: 'flush' },
          new Uint8Array([98]),
          { kind: 'data', bytes: new Uint8Array([99]) },
        ],
      }
  }
}

export const throws = ({ target }) => {
  const error = new Error('cannot read the table', { cause: new Error('no such file') })
  if (target === '/status') Object.assign(error, { status: 418, expose: true, code: 'TEAPOT' })
  throw error
}

export const values = (_request, given) => JSON.stringify(given)

/** Computes until it is told to stop, and counts those that have begun. */
export const computes = (_request, stop) => {
  Atomics.add(stop, 1, 1)
  while (Atomics.load(stop, 0) === 0);
  return 'computed'
}

export const posts = () => {
  parentPort.postMessage(null)
  return 'posted'
}

export const behindTrailers = () => [
  'a',
  { kind: 'trailers', fields: new Map([['x-sum', '1']]) },
  'b',
]

/** What copies hold after the bytes themselves were overwritten. */
export const copies = ({ input }) => {
  const read = [input.read(2), input.readExactly(2), input.readBytes()]
  const copied = read.map((bytes) => bytes.slice())
  for (const bytes of read) bytes.fill(46)
  return copied.map((bytes) => String.fromCharCode(...bytes)).join('|')
}
