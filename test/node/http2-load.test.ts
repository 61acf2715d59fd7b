// @slow 15
// h2load, many connections and many streams on each: every request is answered, and nothing is left.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBytes } from '@sluice/body'
import { flush } from '@sluice/flush'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { servingHttp2 } from '../support/server/http2-site.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'

const loaded = suite('http2: h2load')
const h2load = hasProgram('h2load')
const withH2load = h2load ? loaded : loaded.skip
const unlessSkipped = h2load ? '' : ' (skipped: there is no h2load here)'

/** 16 KiB in small pieces, flushed in the middle. */
async function* pieces(): AsyncGenerator<string | Frame> {
  for (let i = 0; i < 8; i++) {
    yield 'x'.repeat(2048)
    if (i === 3) yield flush
  }
}

const contentBytes = 3000

const rows: readonly {
  readonly name: string
  readonly requests: number
  readonly handler: Handler
  /** Bytes of content in each answer. */
  readonly bytes: number
  readonly secure?: boolean
  readonly uploads?: boolean
}[] = [
  { name: 'small answers', requests: 20_000, handler: () => text('hello'), bytes: 5 },
  {
    name: 'small answers over TLS',
    requests: 5000,
    handler: () => text('hello'),
    bytes: 5,
    secure: true,
  },
  { name: 'streamed answers', requests: 20_000, handler: () => stream(pieces()), bytes: 16_384 },
  {
    name: 'uploads that are sent back',
    requests: 5000,
    handler: async ({ body }) => stream([await readBytes(body)]),
    bytes: contentBytes,
    uploads: true,
  },
  {
    name: 'uploads that are not read',
    requests: 5000,
    handler: () => text('hello'),
    bytes: 5,
    uploads: true,
  },
]

for (const { name, requests, handler, bytes, secure = false, uploads = false } of rows)
  withH2load(
    `${requests} ${name} on 20 connections, 50 at once on each${unlessSkipped}`,
    servingHttp2(async (start) => {
      const site = await start(handler, { secure })
      const file = join(tmpdir(), 'content')
      writeFileSync(file, 'x'.repeat(contentBytes))
      const content = uploads ? ['-d', file] : []
      const args = ['-n', `${requests}`, '-c', '20', '-m', '50', ...content, site.url]
      const { output } = await runProcess('h2load', args)
      const done = `${requests} total, ${requests} started, ${requests} done, ${requests} succeeded`
      assert.match(output, `requests: ${done}, 0 failed, 0 errored, 0 timeout`)
      assert.match(output, `status codes: ${requests} 2xx, 0 3xx, 0 4xx, 0 5xx`)
      assert.match(output, `(${requests * bytes}) data`)
      assert.equal(site.told, [])
    }),
  )

loaded.run()
