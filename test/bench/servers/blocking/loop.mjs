// The same by asynchronous handlers of ours, and by node:readline, in the event loop.
import { createInterface } from 'node:readline'
import { isData } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { bytesOf, pieces } from '../support/pieces.mjs'

const up = async ({ body }) => {
  let bytes = 0
  for await (const frame of body) if (isData(frame)) bytes += frame.bytes.length
  return text(`${bytes}`)
}

const down = ({ target }) => {
  const bytes = bytesOf(target)
  return stream(pieces(bytes), { headers: { 'content-length': bytes } })
}

export const handlers = { up, down }

/** The events, not the asynchronous iterator, which takes four times as long. */
export const readline = (request, response) => {
  let bytes = 0
  createInterface({ input: request, crlfDelay: Number.POSITIVE_INFINITY })
    .on('line', (line) => {
      bytes += line.length + 1
    })
    .on('close', () => response.end(`${bytes}`))
}
