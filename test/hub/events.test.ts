// A topic as server-sent events, over real sockets: what a client gets, where it continues after a cut, and what it hears of.
import { isData, readText, toBody } from '@sluice/body'
import { isPromiseLike, pullFrom } from '@sluice/body/engine'
import { openHub } from '@sluice/hub'
import { decodeEvents, encodeEvents, events, lastEventId } from '@sluice/sse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame } from '@sluice/body'
import type { Hub, HubOptions, Topic } from '@sluice/hub'
import type { ReceivedEvents, ReceivedMessage } from '@sluice/sse'
import type { Handler } from '@sluice/stack'
import type { Start } from '../support/server/serving.ts'

const soon = 5000

const textOf = (frame: AnyFrame | undefined): string =>
  frame !== undefined && isData(frame) ? new TextDecoder().decode(frame.bytes) : ''

/** A test with servers and one hub. */
const withHub = (run: (hub: Hub, start: Start) => Promise<void>, options: HubOptions = {}) =>
  serving(async (start) => {
    const hub = openHub(options)
    try {
      await run(hub, start)
    } finally {
      await hub.close()
    }
  })

/** The whole resume. */
const resuming =
  (topic: Topic): Handler =>
  (request) =>
    events(topic.read({ after: lastEventId(request), signal: request.client.signal }), {
      client: request.client,
      retryMs: 1,
    })

interface Listener {
  readonly received: ReceivedEvents
  next(): Promise<ReceivedMessage>
  cut(): void
}

const listen = async (url: string, lastId = ''): Promise<Listener> => {
  const leaving = new AbortController()
  const response = await fetch(url, {
    signal: leaving.signal,
    headers: lastId === '' ? {} : { 'last-event-id': lastId },
  })
  const received = decodeEvents(toBody(response.body), { lastEventId: lastId })
  return {
    received,
    async next() {
      const { done, value } = await within(soon, received.next())
      if (done === true) throw new Error('The stream is over')
      return value
    },
    cut: () => leaving.abort(),
  }
}

const resume = suite('events of a topic')

resume(
  'a client that is cut continues behind the last entry that it got',
  withHub(async (hub, start) => {
    const topic = hub.topic('news')
    const { server } = await start(resuming(topic))
    for (const word of ['one', 'two', 'three']) await topic.append(word)
    const first = await listen(server.url)
    assert.is((await first.next()).data, 'one')
    assert.is((await first.next()).data, 'two')
    first.cut()
    await topic.append('four')
    const second = await listen(server.url, first.received.lastEventId)
    assert.is((await second.next()).data, 'three')
    assert.is((await second.next()).data, 'four')
    await topic.append('five')
    assert.is((await second.next()).data, 'five')
    second.cut()
  }),
)

resume(
  'a string is the data, bytes are its UTF-8, other values are JSON, and each has its id',
  withHub(async (hub, start) => {
    const topic = hub.topic('mixed')
    const { server } = await start(resuming(topic))
    const values = ['two\nlines', new TextEncoder().encode('é'), { a: 1 }, null, '']
    const ids = await Promise.all(values.map((value) => topic.append(value)))
    const client = await listen(server.url)
    for (const [index, data] of ['two\nlines', 'é', '{"a":1}', 'null', ''].entries())
      assert.equal(await client.next(), { event: 'message', data, lastEventId: ids[index] })
    client.cut()
  }),
)

resume(
  'a gap is an event with the id behind which the stream continues',
  withHub(async (hub, start) => {
    const topic = hub.topic('short', { keep: { entries: 1 } })
    const { server } = await start(resuming(topic))
    const ids: string[] = []
    for (const word of ['one', 'two', 'three']) ids.push(await topic.append(word))
    const client = await listen(server.url, ids[0] ?? '')
    const gap = await client.next()
    assert.is(gap.event, 'gap')
    assert.equal(JSON.parse(gap.data), { reason: 'trimmed', after: ids[0], to: ids[1] })
    assert.is(gap.lastEventId, ids[1])
    assert.equal(await client.next(), { event: 'message', data: 'three', lastEventId: ids[2] })
    client.cut()
  }),
)

resume(
  'an id of another log, or none, is a gap that resets the id of an empty log',
  withHub(async (hub, start) => {
    const { server } = await start(resuming(hub.topic('empty')))
    for (const foreign of ['abc.7', '../x', '42', 'ä']) {
      const client = await (await start(resuming(hub.topic('empty')))).connect()
      client.send(get('/', `last-event-id: ${foreign}`))
      await readHead(client)
      assert.is(await readChunk(client), 'retry: 1\n\n')
      assert.match(
        (await readChunk(client)) ?? '',
        /^event: gap\nid: \ndata: \{"reason":"unknown".*\}\n\n$/,
      )
    }
    const client = await listen(server.url, 'abc.7')
    assert.is((await client.next()).lastEventId, '')
    client.cut()
  }),
)

resume(
  'an end is an event, then the stream ends; clients that come later get it too',
  withHub(async (hub, start) => {
    const topic = hub.topic('over')
    const { server } = await start(resuming(topic))
    await topic.append('one')
    const client = await listen(server.url)
    assert.is((await client.next()).data, 'one')
    await topic.stop('enough')
    const end = await client.next()
    assert.is(end.event, 'end')
    assert.equal(JSON.parse(end.data), { how: 'stopped', reason: 'enough' })
    assert.ok((await within(soon, client.received.next())).done)
    const again = await listen(server.url, end.lastEventId)
    assert.equal(await again.next(), end)
    assert.ok((await within(soon, again.received.next())).done)
  }),
)

resume(
  'a quiet topic sends heartbeats',
  withHub(async (hub, start) => {
    const topic = hub.topic('quiet')
    const { connect } = await start(() => events(topic.read(), { heartbeatMs: 10 }))
    const client = await connect()
    client.send(get())
    await readHead(client)
    for (let i = 0; i < 3; i++) assert.is(await readChunk(client), ':\n\n')
    await topic.append('one')
    await client.takeTo('data: one\n\n')
  }),
)

resume(
  'a hub that is closed ends the streams: what clients got is an end, and nothing is reported',
  async () => {
    const hub = openHub()
    const topic = hub.topic('news')
    const reported: unknown[] = []
    await serving(async (start) => {
      const onError = (error: unknown) => reported.push(error)
      async function* chosen() {
        yield* topic.read()
      }
      const { connect } = await start(
        ({ target, client }) => events(target === '/' ? topic.read() : chosen(), { client }),
        { onError },
      )
      const clients = [await connect(), await connect()]
      clients[0]?.send(get())
      clients[1]?.send(get('/chosen'))
      for (const client of clients) await readHead(client)
      await topic.append('one')
      for (const client of clients) assert.match((await readChunk(client)) ?? '', /data: one/)
      await hub.close()
      for (const client of clients) assert.is(await within(soon, readChunk(client)), undefined)
      assert.equal(reported, [])
    })()
  },
)

resume('a hub that is closed with another reason fails the streams with it', async () => {
  const hub = openHub()
  const reading = readText(encodeEvents(hub.topic('news').read()))
  await turn(3)
  await hub.close(new Error('a reason of its own'))
  await within(
    soon,
    reading.then(
      () => assert.unreachable(),
      (error) => assert.match(String(error), /a reason of its own/),
    ),
  )
})

resume.run()

const stream = suite('encodeEvents of a topic')

stream('the flush is there as soon as there is no more entry, without a turn', async () => {
  const hub = openHub()
  const topic = hub.topic('news')
  await topic.append('one')
  const pull = pullFrom<AnyFrame>(encodeEvents(topic.read()))
  assert.is((await within(soon, pull.pull()))?.kind, 'flush', 'the head')
  for (const next of ['two', 'three']) {
    assert.is((await within(soon, pull.pull()))?.kind, 'data')
    const flush = pull.pull()
    assert.is(isPromiseLike(flush) ? 'a promise' : flush?.kind, 'flush')
    const pulled = pull.pull()
    assert.ok(isPromiseLike(pulled))
    await topic.append(next)
    assert.match(textOf(await within(soon, pulled)), `data: ${next}\n`)
    assert.is((await within(soon, pull.pull()))?.kind, 'flush')
    await topic.append('one')
  }
  await pull.close()
  await hub.close()
})

stream('an entry is encoded once for all streams with the same entryEvent', async () => {
  const hub = openHub()
  const topic = hub.topic<{ name: string; text: string }>('news')
  const id = await topic.append({ name: 'said', text: 'hello' })
  let calls = 0
  const entryEvent = ({ name, text }: { name: string; text: string }, entryId: string) => {
    calls++
    assert.is(entryId, id)
    return { event: name, data: text }
  }
  await topic.stop()
  const options = { entryEvent, heartbeatMs: Number.POSITIVE_INFINITY }
  const frames = []
  // Together: a page that is read again is decoded again.
  const streams = Array.from({ length: 10 }, () => pullFrom(encodeEvents(topic.read(), options)))
  for (const each of streams) await within(soon, each.pull())
  for (const frame of await within(soon, Promise.all(streams.map((each) => each.pull()))))
    frames.push(frame)
  assert.is(calls, 1)
  assert.is(new Set(frames).size, 1)
  assert.is(textOf(frames[0]), `event: said\nid: ${id}\ndata: hello\n\n`)
  for (const each of streams) await each.close()
  await hub.close()
})

stream('a generator may choose among the entries', async () => {
  const hub = openHub()
  const topic = hub.topic<number>('numbers')
  for (let n = 1; n <= 4; n++) await topic.append(n)
  await topic.stop()
  async function* even() {
    for await (const item of topic.read())
      if (item.kind !== 'entry' || item.value % 2 === 0) yield item
  }
  const text = await within(soon, readText(encodeEvents(even())))
  assert.equal(text.match(/(?<=^data: ).*/gm), ['2', '4', '{"how":"stopped"}'])
  await hub.close()
})

stream('an entryEvent that throws fails the stream: first an event, then the error', async () => {
  const hub = openHub()
  const topic = hub.topic('news')
  await topic.append('one')
  for (const wait of [false, true]) {
    const entryEvent = (value: unknown) => {
      if (value === (wait ? 'two' : 'one')) throw new Error('cannot encode')
      return 'fine'
    }
    const pull = pullFrom(encodeEvents(topic.read(), { entryEvent }))
    assert.is((await within(soon, pull.pull()))?.kind, 'flush')
    if (wait) {
      assert.is((await within(soon, pull.pull()))?.kind, 'data')
      assert.is((await within(soon, pull.pull()))?.kind, 'flush')
      const pulled = pull.pull()
      await topic.append('two')
      assert.match(textOf(await within(soon, pulled)), /^event: failure\n/)
    } else assert.match(textOf(await within(soon, pull.pull())), /^event: failure\n/)
    assert.is((await within(soon, pull.pull()))?.kind, 'flush')
    let why: unknown
    try {
      await pull.pull()
    } catch (error) {
      why = error
    }
    assert.match(String(why), /cannot encode/)
  }
  await hub.close()
})

for (const which of ['signal', 'draining'] as const)
  stream(
    `a client whose ${which} has aborted before, or aborts later, ends the stream`,
    async () => {
      const hub = openHub()
      const topic = hub.topic('news')
      await topic.append('one')
      for (const isBefore of [true, false]) {
        const leaving = { signal: new AbortController(), draining: new AbortController() }
        if (isBefore) leaving[which].abort()
        const client = { signal: leaving.signal.signal, draining: leaving.draining.signal }
        const reading = readText(encodeEvents(topic.read(), { client }))
        await turn(3)
        leaving[which].abort()
        assert.match(await within(soon, reading), isBefore ? /^/ : /^id: .*\ndata: one\n\n$/)
      }
      await hub.close()
    },
  )

stream('frames that only look like items pass', async () => {
  const frames: AnyFrame[] = [{ kind: 'entry' }, { kind: 'gap' }, { kind: 'end' }]
  const pull = pullFrom<AnyFrame>(encodeEvents(frames))
  assert.is((await within(soon, pull.pull()))?.kind, 'flush')
  for (const frame of frames) assert.is(await within(soon, pull.pull()), frame)
  await pull.close()
})

stream('an entryEvent that is no function is refused at the call', () => {
  // @ts-expect-error: not a function
  assert.throws(() => encodeEvents([], { entryEvent: 'x' }), /^Cannot use entryEvent/)
})

stream.run()
