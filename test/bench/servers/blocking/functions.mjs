// Functions that may block, on the threads of `blocking()`.
import { bytesOf, piece } from '../support/pieces.mjs'

export const lines = ({ input }) => {
  let bytes = 0
  for (const line of input.lines()) bytes += line.length + 1
  return `${bytes}`
}

export const readLines = ({ input }) => {
  let bytes = 0
  for (let line = input.readLine(); line !== undefined; line = input.readLine())
    bytes += line.length + 1
  return `${bytes}`
}

export const up = ({ input }) => {
  let bytes = 0
  for (let block = input.read(); block !== undefined; block = input.read()) bytes += block.length
  return `${bytes}`
}

export const upInto = ({ input }) => {
  const block = new Uint8Array(65_536)
  let bytes = 0
  for (let read = input.readInto(block); read > 0; read = input.readInto(block)) bytes += read
  return `${bytes}`
}

export const down = ({ target, respond }) => {
  const bytes = bytesOf(target)
  const writer = respond({ headers: { 'content-length': bytes } })
  for (let left = bytes; left > 0; left -= piece.length)
    writer.write(left < piece.length ? piece.subarray(0, left) : piece)
}

export const small = () => 'Hello, world!'

export const busy = ({ target }) => {
  const until = performance.now() + bytesOf(target)
  while (performance.now() < until);
  return 'done'
}
