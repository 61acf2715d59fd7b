// node server.mjs PEER: one source of server-sent events for all clients, by share and by a topic of a hub.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { serve } from '@sluice/server'
import { encodeEvents, events, lastEventId } from '@sluice/sse'
import { stream, text } from '@sluice/stack'
import { share } from '@sluice/write-buffering'
import { createClient } from 'redis'
import { eventFields, makeHub, messageOf } from '../support/hub.mjs'
import { bytesOf } from '../support/pieces.mjs'
import { serving } from '../support/serving.mjs'

const listen = async (listener, publish) => {
  const server = await serve(
    (request) => {
      if (request.target === '/events') return listener(request)
      publish(messageOf(bytesOf(request.target)))
      return text('published')
    },
    { idleTimeoutMs: 120_000 },
  )
  return server.port
}

async function* messages(hub) {
  yield { id: '0', data: 'hello' }
  for (let id = 1; ; id++) yield { id: `${id}`, data: await hub.next }
}

const shared = (respond) => () => {
  const hub = makeHub()
  // Late clients get the first event again.
  const source = share(() => encodeEvents(messages(hub)), { replayBytes: 512 })
  return listen((request) => respond(source, request), hub.publish)
}

const topicOn = async (engine) => {
  const topic = openHub({ engine }).topic('news')
  await topic.append('hello')
  return listen(
    (request) =>
      events(topic.read({ after: lastEventId(request) }), {
        client: request.client,
      }),
    (message) => topic.append(message),
  )
}

/** A server that ends with this process. */
const startRedis = async () => {
  const path = join(tmpdir(), `bench-redis-${process.pid}.sock`)
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', ''])
  process.once('exit', () => server.kill())
  await once(server.stdout, 'data')
  return createClient({ socket: { path, tls: false } })
}

await serving({
  share: shared((source) => stream(source.reader(), { headers: eventFields })),
  'share-events': shared((source, { client }) => events(source.reader(), { client })),
  memory: () => topicOn(undefined),
  redis: async () => topicOn(redis({ client: await startRedis() })),
})
