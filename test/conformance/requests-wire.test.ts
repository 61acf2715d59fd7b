// Our own requests over a socket: what a client gets for each, whole and byte by byte.
import { collect } from '@sluice/body'
import { json, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { goodRequests } from './requests.accepted.ts'
import { limitRequests } from './requests.limits.ts'
import { badRequests } from './requests.refused.ts'
import { wantedFully } from './requests.wanted.ts'
import type { Handler } from '@sluice/stack'
import type { RawClient } from '../support/server/raw-client.ts'

const onTheWire = suite('requests: refused over a socket')

/** One answer, which says that it is the last, and then the end. */
const assertRefused = async (client: RawClient, status: number) => {
  const answer = await readResponse(client)
  assert.is(answer.status, status)
  assert.is(answer.fields.get('connection'), 'close')
  assert.equal(await client.takeRest(), Buffer.alloc(0))
  assert.is(client.ended, 'end')
}

for (const { name, section, sent, status } of badRequests)
  onTheWire(
    `${name} (${section}): ${status} after the answers before it, then the end`,
    serving(async (start) => {
      const seen: string[] = []
      const site = await start(async ({ target, body }) => {
        seen.push(target)
        for await (const _ of body);
        return text(target)
      })
      const bytes = latin1(get('/before') + sent + get('/after'))
      const every = Array.from(bytes, (_, at) => at)
      for (const places of [[], every]) {
        const client = await site.connect()
        for (const piece of cutAt(bytes, places)) client.send(piece)
        assert.is((await readResponse(client)).content, '/before')
        await assertRefused(client, status)
      }
      assert.not(seen.includes('/after'))
    }),
  )

onTheWire.run()

const echoed = suite('requests: accepted over a socket')

/** Places that look random and are the same at each run. */
const randomPlaces = (length: number, seed: number): readonly number[] => {
  const places: number[] = []
  let state = seed
  for (let at = 0; at < length; at += 1 + (state % 40)) {
    places.push(at)
    state = (state * 16_807) % 2_147_483_647
  }
  return places
}

const echo: Handler = async ({ method, target, version, headers, body }) => {
  const { bytes, trailers } = await collect(body)
  const data = Buffer.from(bytes).toString('latin1')
  return json({ method, target, version, fields: [...headers], data, trailers: [...trailers] })
}

for (const [number, { name, section, sent, wanted }] of goodRequests.entries()) {
  // Its answer is no echo: nobody takes the connection over.
  if (sent.startsWith('CONNECT')) continue
  echoed(
    `${name} (${section})`,
    serving(async (start) => {
      const site = await start(echo)
      const bytes = latin1(sent)
      const every = Array.from(bytes, (_, at) => at)
      for (const places of [[], every, randomPlaces(bytes.length, 7 + number)]) {
        const client = await site.connect()
        for (const piece of cutAt(bytes, places)) assert.ok(await client.sendAll(piece))
        for (const each of wanted) {
          let answer = await readResponse(client)
          if (answer.status === 100) answer = await readResponse(client)
          const { framing, keepAlive, expectsContinue, upgrade, whole, ...rest } = wantedFully(each)
          assert.equal(JSON.parse(Buffer.from(answer.content, 'latin1').toString()), rest)
          assert.is(answer.fields.get('connection') !== 'close', keepAlive)
        }
        client.destroy()
      }
    }),
  )
}

echoed.run()

const bounded = suite('requests: limits over a socket')

for (const { name, sent, status } of limitRequests) {
  if (status === undefined) continue
  bounded(
    `${name}: ${status}`,
    serving(async (start) => {
      const site = await start(async ({ target, body }) => {
        for await (const _ of body);
        return text(target)
      })
      const client = await site.connect()
      client.send(get('/before') + sent + get('/after'))
      assert.is((await readResponse(client)).content, '/before')
      if (status !== 200) return assertRefused(client, status)
      assert.is((await readResponse(client)).status, 200)
      assert.is((await readResponse(client)).content, '/after')
    }),
  )
}

bounded.run()
