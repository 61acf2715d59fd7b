import { setTimeout as sleep } from 'node:timers/promises'
import { badRequests } from '../conformance/requests.refused.ts'
import { readHead } from '../support/server/read-response.ts'
import { get, post, request } from '../support/server/serving.ts'
import { between, connected, expectContent } from './lab.ts'
import type { Action } from './lab.ts'

const aborted = [
  get('/'),
  get('/hold'),
  get('/slow?ms=50&id=a'),
  get('/page?id=abcdefgh'),
  get('/download?bytes=20000000'),
  post('/upload-slow', 'a'.repeat(5000)),
  `${request('POST', '/echo?id=a', 'transfer-encoding: chunked')}5\r\nhello\r\n`,
  `${request('POST', '/echo?id=a', 'content-length: 100000')}some`,
  get('/id?id=a').repeat(30),
]

/** Sends a request or a part of one and goes away, by RST or as programs do that end. */
export const abort: Action = ({ port, random }) =>
  connected(port, async (client) => {
    const whole = aborted[between(random, 0, aborted.length - 1)] ?? ''
    client.send(random() < 0.7 ? whole : whole.slice(0, between(random, 1, whole.length)))
    await sleep(between(random, 0, 60))
    if (random() < 0.5) client.reset()
  })

// Those whose content is malformed are answered by a handler that does not read it.
const refused = badRequests.filter(({ begun = 0 }) => begun === 0)

/** A good request, and a malformed one behind it: the answer to each, and the end. */
export const malformed: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const bad = refused[between(random, 0, refused.length - 1)]
    if (bad === undefined) return
    const id = newId()
    client.send(get(`/id?id=${id}`) + bad.sent)
    await expectContent(client, id, `what came before ${bad.name}`)
    const { status } = await readHead(client)
    if (status !== bad.status) {
      throw new Error(`wrong answer to ${bad.name}: found ${status}, wanted ${bad.status}`)
    }
    await client.takeRest()
  })
