// Backpressure: a client that stops reading stops the app.
import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { behind } from '../support/node/compression-row.ts'
import { gets, standstill } from '../support/node/compression-scene.ts'
import { readResponse } from '../support/server/read-response.ts'
import type { FlushableResponse } from '../support/node/compression-row.ts'
import type { Scene } from '../support/node/compression-scene.ts'

const chunk = randomBytes(65_536)

/** Writes one chunk until it is told to stop, whenever the response takes more. */
const pours = (res: FlushableResponse, seen: { writes: number; isStopping: boolean }): void => {
  const pour = () => {
    while (!seen.isStopping) {
      seen.writes++
      if (!res.write(chunk)) {
        res.once('drain', pour)
        return
      }
    }
    res.end()
  }
  pour()
}

/** The buffers of the kernel take up to 6 MiB or so on one machine; a response that is not held back takes all. */
const heldBytes = 32 * 1_048_576

const pressure = (type: string, coding: 'gzip' | undefined): Scene => ({
  name: `${coding ?? 'plain'}: a client that stops reading stops the app, and gets all of it later`,
  async run(start, make) {
    const seen = { writes: 0, isStopping: false }
    const events: string[] = []
    const { connect } = await start(
      behind(make(), (_, res) => {
        res.setHeader('Content-Type', type)
        res.on('finish', () => events.push('finish'))
        pours(res, seen)
      }),
    )
    const client = await connect()
    client.pause()
    client.send(gets('gzip', 'Connection: close'))
    const writes = await standstill(() => seen.writes)
    assert.ok(writes > 0)
    assert.ok(writes * chunk.length < heldBytes, `${writes} writes`)
    assert.equal(events, [])
    seen.isStopping = true
    client.resume()
    const response = await readResponse(client)
    assert.is(response.fields.get('content-encoding'), coding)
    const bytes = Buffer.from(response.content, 'latin1')
    const content = coding === undefined ? bytes : gunzipSync(bytes)
    const wanted = createHash('sha256')
    for (let i = 0; i < seen.writes; i++) wanted.update(chunk)
    assert.is(createHash('sha256').update(content).digest('hex'), wanted.digest('hex'))
    await standstill(() => events.length)
    assert.equal(events, ['finish'])
  },
})

export const pressedScenes: readonly Scene[] = [
  pressure('text/plain', 'gzip'),
  pressure('image/png', undefined),
]
