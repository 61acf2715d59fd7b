// The memory of a response's frames: one piece for all of them if its reader keeps none, as the server does; otherwise each has its own.
import { blocking, workerPool } from '@sluice/blocking'
import { isData, lent } from '@sluice/body'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { firstWrong, pattern } from '../support/bodies/pattern.ts'
import { within } from '../support/within.ts'
import type { Bytes } from '@sluice/body'

const mebi = 1_048_576

const pool = workerPool({ threads: 1 })
const echo = blocking(program('functions'), { pool, exportName: 'echo' })
const send = (content: Uint8Array) => echo(request('/', { method: 'POST', body: content }))

const frames = suite('a response of a blocking function')

frames('gives frames that may be kept', async () => {
  const { body } = await send(pattern(0, 4 * mebi))
  const kept: Bytes[] = []
  for await (const frame of body) if (isData(frame)) kept.push(frame.bytes)
  let at = 0
  for (const bytes of kept) {
    assert.is(firstWrong(bytes, at), undefined)
    at += bytes.length
  }
  assert.is(at, 4 * mebi)
  assert.is(new Set(kept.map(({ buffer }) => buffer)).size, kept.length)
})

frames('that is lent gives large frames in one piece of memory', async () => {
  const { body } = await send(pattern(0, 4 * mebi))
  const large = new Set<ArrayBufferLike>()
  let at = 0
  for await (const frame of lent(body)) {
    if (!isData(frame)) continue
    assert.is(firstWrong(frame.bytes, at), undefined)
    at += frame.bytes.length
    if (frame.bytes.length === 65_536) large.add(frame.bytes.buffer)
  }
  assert.is(at, 4 * mebi)
  assert.is(large.size, 1)
})

frames('that is lent and small takes no more memory than it has bytes', async () => {
  const { body } = await send(pattern(0, 16_000))
  for await (const frame of lent(body))
    if (isData(frame)) assert.is(frame.bytes.buffer.byteLength, frame.bytes.length)
})

frames('and its threads end', () => within(10_000, pool.close()))

frames.run()
