// Closing the server while a connection is in any of its phases: cut at the end of grace, or come to its end within it.
import { createServer } from 'node:net'
import { closeOnSignal } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bigContent, sceneHandler } from '../support/bodies/closing-scene.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readContent, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Scene } from '../support/bodies/closing-scene.ts'

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
    fields: stream([]).headers.with('transfer-encoding', 'chunked'),
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

for (const [name, content] of [
  ['an answer', 'ran'],
  ['a large answer that it reads late', 'x'.repeat(2_000_000)],
] as const)
  closing(
    `a client that has ${name} and keeps its half open is not waited for`,
    serving(async (start) => {
      const { promise: gate, resolve: open } = deferred()
      let begun = false
      const site = await start(
        async () => {
          begun = true
          await gate
          return text(content)
        },
        { lingerMs: 60_000 },
      )
      const client = await site.connect()
      client.send(get())
      await site.until(() => begun, 'the handler')
      const closed = site.server.close({ graceMs: 60_000 })
      open()
      const answer = await readResponse(client)
      assert.is(answer.content, content)
      await client.takeRest()
      assert.is(client.ended, 'end')
      await closed
    }),
  )

closing(
  'a client that keeps its half open after its last answer does not hold up a server that closes later',
  serving(async (start) => {
    const site = await start(() => text('hello'), { lingerMs: 60_000 })
    const client = await site.connect()
    client.send(get('/', 'connection: close'))
    assert.is((await readResponse(client)).content, 'hello')
    await client.takeRest()
    assert.is(site.server.connections, 1)
    await site.server.close({ graceMs: 60_000 })
  }),
)

closing(
  'a client that sends behind its last answer is waited for: a reset would eat the answer',
  serving(async (start) => {
    const site = await start(() => text('hello'), { lingerMs: 60_000 })
    const client = await site.connect()
    client.send(get('/', 'connection: close') + get('/behind'))
    const closed = site.server.close({ graceMs: 60_000 })
    assert.is((await readResponse(client)).content, 'hello')
    assert.is((await client.takeRest()).toString(), '')
    assert.is(client.ended, 'end')
    client.halfClose()
    await closed
  }),
)

for (const graceMs of [Number.NaN, '10', null])
  closing(
    `graceMs: ${graceMs} is a RangeError at the call, and the server goes on`,
    serving(async (start) => {
      const isNumber = (_: unknown): _ is number => true
      if (!isNumber(graceMs)) throw new Error('not reached')
      const site = await start(() => text('hello'))
      throwsAtOnce(() => site.server.close({ graceMs }), RangeError)
      throwsAtOnce(() => closeOnSignal(site.server, { graceMs }), RangeError)
      assert.is((await site.ask(get())).content, 'hello')
    }),
  )

for (const graceMs of [0, -5, 0.5])
  closing(
    `graceMs: ${graceMs} is a deadline that is over or near`,
    serving(async (start) => {
      const site = await start(() => new Promise<never>(() => {}))
      const client = await site.connect()
      client.send(get())
      await site.round()
      await site.server.close({ graceMs })
      await client.takeRest()
    }),
  )

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
