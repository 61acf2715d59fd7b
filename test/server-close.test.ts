// Closing the server while a connection is in any of its phases: cut at the end of grace, or come to its end within it.
import { createServer } from 'node:net'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bigContent, sceneHandler } from './support/closing-scene.ts'
import { connectTo } from './support/raw-client.ts'
import { readContent, readHead, readResponse } from './support/read-response.ts'
import { get, post, request, serving } from './support/serving.ts'
import { deferred } from './support/within.ts'
import type { Scene } from './support/closing-scene.ts'

interface Phase {
  readonly name: string
  /** Brings the connection into the phase. */
  enter(scene: Scene): Promise<void>
  /** Lets it come to its end, and says what the client is to see. */
  leave(scene: Scene): Promise<void>
}

/** It is closed by an orderly end with nothing more to read. */
const ends = async ({ client }: Scene) => {
  assert.is((await client.takeRest()).toString('latin1'), '')
  assert.is(client.ended, 'end')
  client.destroy()
}

const answered = async (scene: Scene, wanted: string) => {
  const answer = await readResponse(scene.client)
  assert.is(answer.content, wanted)
  assert.is(answer.fields.get('connection'), 'close')
  await ends(scene)
}

/** Sends a request and waits for its first byte of content. */
const begin = async ({ client }: Scene, target: string) => {
  client.send(get(target))
  const head = await readHead(client)
  assert.is(await client.takeTo('a\r\n'), '1\r\na\r\n')
  return head
}

const completed = async (scene: Scene, wanted: string) => {
  const head = {
    status: 200,
    head: '',
    fields: stream([]).headers.set('transfer-encoding', 'chunked'),
  }
  assert.is((await readContent(scene.client, head)).content, wanted)
  await ends(scene)
}

const phases: readonly Phase[] = [
  { name: 'before any request', enter: ({ site }) => site.round(), leave: ends },
  {
    name: 'idle',
    async enter({ client }) {
      client.send(get())
      await readResponse(client)
    },
    leave: ends,
  },
  {
    name: 'in a head',
    async enter({ client, site }) {
      client.send(get().slice(0, -5))
      await site.round()
    },
    leave(scene) {
      scene.client.send(get().slice(-5))
      return answered(scene, 'at once')
    },
  },
  {
    name: 'in content',
    async enter({ client, site, signals }) {
      client.send(post('/reading', 'hello').slice(0, -3))
      await site.until(() => signals.length === 1, 'the handler to be called')
    },
    leave(scene) {
      scene.client.send('llo')
      return answered(scene, 'hello')
    },
  },
  {
    name: 'while the handler runs',
    async enter({ client, site, signals }) {
      client.send(get('/running'))
      await site.until(() => signals.length === 1, 'the handler to be called')
    },
    leave(scene) {
      scene.gate.resolve()
      return answered(scene, 'ran')
    },
  },
  {
    name: 'while a response waits for its source',
    async enter(scene) {
      await begin(scene, '/streaming')
    },
    leave(scene) {
      scene.gate.resolve()
      return completed(scene, 'b')
    },
  },
  {
    name: 'in a pause',
    async enter(scene) {
      await begin(scene, '/pausing')
    },
    leave(scene) {
      scene.gate.resolve()
      return completed(scene, 'b')
    },
  },
  {
    name: 'while a client does not read',
    async enter(scene) {
      await begin(scene, '/stalled')
      scene.client.pause()
      await scene.site.round()
    },
    leave(scene) {
      scene.client.resume()
      return completed(scene, `${bigContent.toString('latin1')}b`)
    },
  },
  {
    name: 'while unread content is read out',
    async enter({ client }) {
      client.send(post('/', 'hello').slice(0, -3))
      await readResponse(client)
    },
    leave(scene) {
      scene.client.send('llo')
      return ends(scene)
    },
  },
  {
    name: 'while a refused client lingers',
    async enter({ client }) {
      client.send('?\r\n')
      await readResponse(client)
      await client.takeRest()
    },
    async leave({ client }) {
      client.halfClose()
    },
  },
  {
    name: 'when it is another protocol’s',
    async enter({ client }) {
      client.send(request('GET', '/over', 'connection: upgrade', 'upgrade: none'))
      assert.is((await readHead(client)).status, 101)
    },
    leave(scene) {
      scene.client.halfClose()
      return ends(scene)
    },
  },
]

const play = (run: (scene: Scene) => Promise<void>) =>
  serving(async (start) => {
    const parts = { gate: deferred(), finallys: [], signals: [] }
    const site = await start(sceneHandler(parts), { lingerMs: 60_000 })
    const scene: Scene = { ...parts, site, client: await site.connect() }
    await run(scene)
    assert.is(site.server.connections, 0)
    await site.server.closed
    assert.equal(site.told, [])
    assert.ok(
      scene.finallys.every((times) => times === 1),
      String(scene.finallys),
    )
    assert.ok(scene.signals.every((signal) => signal.aborted))
  })

const closing = suite('server: closing in each phase')

for (const phase of phases) {
  closing(
    `${phase.name}: it is cut when grace is over, and its body closed once`,
    play(async (scene) => {
      await phase.enter(scene)
      await scene.site.server.close({ graceMs: 1 })
      // What it had not read may come still, and then the end.
      scene.client.resume()
      await scene.client.takeRest()
    }),
  )

  closing(
    `${phase.name}: within grace it comes to its end`,
    play(async (scene) => {
      await phase.enter(scene)
      const closed = scene.site.server.close({ graceMs: 60_000 })
      await phase.leave(scene)
      await closed
    }),
  )
}

// What rolling restarts live by: a connection that was accepted, and whose request is in the kernel or on its way.
closing(
  'a connection that came in the very moment: its first request is answered, and it is closed',
  serving(async (start) => {
    const listener = createServer({ allowHalfOpen: true })
    const { server } = await start(({ target }) => text(target), { server: listener })
    // By the next phase of the loop the client has sent, and the server has not read.
    listener.once('connection', () => setImmediate(() => server.close({ graceMs: 60_000 })))
    const client = await connectTo(server.port)
    client.send(get('/in-time'))
    const answer = await readResponse(client)
    assert.is(answer.content, '/in-time')
    assert.is(answer.fields.get('connection'), 'close')
    client.destroy()
    await server.closed
  }),
)

closing.run()
