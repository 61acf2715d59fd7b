// node decoder.mjs DECODER CHUNK_BYTES: content bytes and chunks a second that a decoder of the chunked coding takes, as JSON.
import process from 'node:process'
import { median } from '../support/statistics.mjs'
import { decoders } from './decoders.mjs'

const [name, size] = process.argv.slice(2)
const chunkBytes = Number(size)

/** As a socket gives it. */
const readBytes = 65_536

/** Nanoseconds that one run takes. */
const runFor = 60e6
const runs = 5

const body = () => {
  const chunk = `${chunkBytes.toString(16)}\r\n${'a'.repeat(chunkBytes)}\r\n`
  const count = Math.ceil((8 * 1_048_576) / chunk.length)
  return { count, wire: Buffer.from(`${chunk.repeat(count)}0\r\n\r\n`) }
}

const cut = (bytes) => {
  const parts = []
  for (let at = 0; at < bytes.length; at += readBytes)
    parts.push(bytes.subarray(at, at + readBytes))
  return parts
}

const decode = await decoders[name]?.()
const { count, wire } = body()
const parts = cut(wire)

const decodeOnce = () => {
  const bytes = decode(parts)
  if (bytes !== count * chunkBytes) throw new Error(`${bytes} bytes came of ${count} chunks`)
}

const secondsPerBody = () => {
  const startedAt = process.hrtime.bigint()
  let bodies = 0
  let taken = 0
  while (taken < runFor) {
    decodeOnce()
    bodies++
    taken = Number(process.hrtime.bigint() - startedAt)
  }
  return taken / 1e9 / bodies
}

const measure = () => {
  secondsPerBody()
  const chunks = count / median(Array.from({ length: runs }, secondsPerBody))
  return { rate: (chunks * chunkBytes) / 1_048_576, chunks: chunks / 1e6 }
}

process.stdout.write(`${JSON.stringify(decode === undefined ? {} : measure())}\n`)
