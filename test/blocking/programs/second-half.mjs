// The blocking half of a handler: an asynchronous one has read a part of the body.
import { tell } from './gate.mjs'

/** All that it gets: what its caller has read, the rest, and the trailers. */
export default ({ method, target, input }, { first }) => {
  const rest = input.readText()
  return JSON.stringify({ method, target, text: first + rest, sum: input.trailers?.get('sum') })
}

/** Answers line by line, and tells when it begins to read. */
export const lines = ({ input, respond }, { first, memory }) => {
  const writer = respond()
  writer.write(`${first}\n`)
  writer.flush()
  tell(memory)
  for (const line of input.lines()) {
    writer.write(`${line.toUpperCase()}\n`)
    writer.flush()
  }
  writer.finish({ sum: input.trailers?.get('sum') ?? 'none' })
}

/** One blocking step of an asynchronous handler. */
export const parse = ({ text }) => ({
  words: text.split(' '),
  bytes: new TextEncoder().encode(text),
})
