// Functions that read and write more than memory holds, and a server that has them and says how its memory has grown.
import { createHash } from 'node:crypto'
import { isMainThread } from 'node:worker_threads'
import { blocking } from '@sluice/blocking'
import { serve } from '@sluice/server'
import { json } from '@sluice/stack'

/** Reads lines, and returns the hash of all of them. */
export const lines = ({ input }) => {
  const hash = createHash('sha256')
  for (let line = input.readLine(); line !== undefined; line = input.readLine())
    hash.update(line).update('\n')
  return hash.digest('hex')
}

/** Writes so many MiB, no block like the one before it, and then their hash. */
export const blocks = ({ target, respond }) => {
  const hash = createHash('sha256')
  const writer = respond()
  const block = Buffer.alloc(65_536, 'sluice ')
  const count = Number(target.slice(target.indexOf('=') + 1)) * 16
  for (let index = 0; index < count; index++) {
    block.writeUInt32BE(index, (index * 4) % block.length)
    hash.update(block)
    writer.write(block)
  }
  writer.finish({ 'x-sha256': hash.digest('hex') })
}

const everyMs = 5

const serveBoth = async () => {
  const module = new URL(import.meta.url)
  const up = blocking(module, { exportName: 'lines', threads: 1 })
  const down = blocking(module, { exportName: 'blocks', threads: 1 })
  let before = 0
  let peak = 0
  setInterval(() => {
    globalThis.gc?.({ type: 'minor' })
    peak = Math.max(peak, process.memoryUsage.rss())
  }, everyMs)
  const server = await serve((request) => {
    if (request.target.startsWith('/down')) return down(request)
    if (request.target === '/up') return up(request)
    const grown = peak - before
    before = process.memoryUsage.rss()
    peak = before
    return json({ grown })
  })
  process.stdout.write(`listening on ${server.port}\n`)
}

if (isMainThread) await serveBoth()
