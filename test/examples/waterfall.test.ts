// @seconds 240
// @slow 60
// @waits
// The waterfall of the showcase: what its two servers do with the same content, and what is told of it.
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import {
  childrenOf,
  startWaterfall,
  streamIn,
  tellsChildren,
} from '../support/repository/waterfall-program.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { addressOf } from '../support/server/address-of.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { Content } from '../../examples/showcase/waterfall/content.ts'
import type { Message } from '../../examples/showcase/waterfall/messages.ts'
import type { Waterfall } from '../support/repository/waterfall-program.ts'
import type { RawClient } from '../support/server/raw-client.ts'

const bound = 60_000

const compiled = async (name: string): Promise<string> => {
  const { file } = await compileFile(`examples/showcase/waterfall/${name}`)
  return pathToFileURL(file).href
}
const sluice: typeof import('../../examples/showcase/waterfall/sluice.ts') = await import(
  await compiled('sluice.ts')
)
const nodeHttp: typeof import('../../examples/showcase/waterfall/node-http.ts') = await import(
  await compiled('node-http.ts')
)

const sides = suite('waterfall: the two servers')

/** Content whose sections are made when the test says so. All that happens is noted, in its order. */
const scene = () => {
  const notes: string[] = []
  const names = ['Rivers', 'Locks', 'Weirs']
  const due = new Map(names.map((name) => [name, deferred()]))
  const content: Content = {
    shell: '<h1>Waterways</h1>\n',
    foot: 'That is all.\n',
    async *sections() {
      for (const name of names) {
        await due.get(name)?.promise
        notes.push(`${name} is made`)
        yield `<h2>${name}</h2>\n`
      }
    },
    async *ticks() {
      yield 'one'
      await due.get('Rivers')?.promise
      notes.push('two is made')
      yield 'two'
    },
    work: () => deferred().promise,
    async *rows() {},
    async *images() {},
  }
  return { notes, content, make: (name: string) => due.get(name)?.resolve() }
}

const gzip = codings.find(({ coding }) => coding === 'gzip')

/** Reads a response to its end, and notes each text that can be read of it, as soon as it can. */
const noteReadable = async (
  client: RawClient,
  notes: string[],
  noted: (text: string) => void,
): Promise<void> => {
  const { fields } = await readHead(client)
  assert.is(fields.get('content-encoding'), 'gzip')
  const chunks: Buffer[] = []
  let read = ''
  for (;;) {
    const chunk = await readChunk(client)
    if (chunk === undefined) return
    chunks.push(Buffer.from(chunk, 'latin1'))
    const text = Buffer.from(
      gzip?.decodeBeginning(Buffer.concat(chunks)) ?? new Uint8Array(),
    ).toString()
    if (text === read) continue
    notes.push(`read: ${text.slice(read.length).replaceAll('\n', '|')}`)
    read = text
    noted(read)
  }
}

const asked = (target: string) => get(target, 'accept-encoding: gzip')

/** Makes each section when the one before could be read. */
const inTurn = (make: (name: string) => void) => (read: string) => {
  if (read.includes('Locks')) make('Weirs')
  else if (read.includes('Rivers')) make('Locks')
  else make('Rivers')
}

/** Makes them without waiting for a reader. */
const makeAll = async (make: (name: string) => void) => {
  for (const name of ['Rivers', 'Locks', 'Weirs']) {
    make(name)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const served = [
  'read: <h1>Waterways</h1>|',
  'Rivers is made',
  'read: <h2>Rivers</h2>|',
  'Locks is made',
  'read: <h2>Locks</h2>|',
  'Weirs is made',
]

sides(
  'through Sluice the shell can be read before the first section is made, and each section before the next',
  serving(async (start) => {
    const { notes, content, make } = scene()
    const site = await start(sluice.app(() => content))
    const client = await site.connect()
    client.send(asked('/page'))
    await within(bound, noteReadable(client, notes, inTurn(make)))
    assert.equal(notes.slice(0, 6), served)
    assert.is(notes.slice(6).join('').replaceAll('read: ', ''), '<h2>Weirs</h2>|That is all.|')
  }),
)

/** Serves what node:http does for the time of a test. */
const withNode = async (content: Content, run: (client: RawClient) => Promise<void>) => {
  const server = createServer(nodeHttp.listener(() => content))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = await connectTo(addressOf(server).port)
  try {
    await within(bound, run(client))
  } finally {
    client.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

sides('through node:http nothing can be read before the last section is made', async () => {
  const { notes, content, make } = scene()
  await withNode(content, async (client) => {
    client.send(asked('/page'))
    const read = noteReadable(client, notes, () => {})
    await makeAll(make)
    await read
    assert.equal(notes, [
      'Rivers is made',
      'Locks is made',
      'Weirs is made',
      'read: <h1>Waterways</h1>|<h2>Rivers</h2>|<h2>Locks</h2>|<h2>Weirs</h2>|That is all.|',
    ])
  })
})

sides('through node:http with flushes by hand it is as through Sluice', async () => {
  const { notes, content, make } = scene()
  await withNode(content, async (client) => {
    client.send(asked('/page/flushed'))
    await noteReadable(client, notes, inTurn(make))
    assert.equal(notes.slice(0, 6), served)
  })
})

sides(
  'an event can be read before the next is made, on both sides',
  serving(async (start) => {
    const expected = ['read: data: one||', 'two is made', 'read: data: two||']
    const ours = scene()
    const site = await start(sluice.app(() => ours.content))
    const client = await site.connect()
    client.send(asked('/events'))
    await within(
      bound,
      noteReadable(client, ours.notes, () => ours.make('Rivers')),
    )
    assert.equal(ours.notes, expected)
    const theirs = scene()
    await withNode(theirs.content, async (other) => {
      other.send(asked('/events'))
      const both = deferred()
      noteReadable(other, theirs.notes, (read) =>
        read.includes('two') ? both.resolve() : theirs.make('Rivers'),
      ).catch(() => {})
      await both.promise
      assert.equal(theirs.notes, expected)
    })
  }),
)

sides.run()

const told = suite('waterfall: what is told')

let waterfall: Waterfall

const isReady = (message: Message) => message.kind === 'state' && message.phase === 'ready'
const runEnds = (message: Message) => isReady(message)

/** Reads to the end of the next run. */
const aRun = async (viewer: Awaited<ReturnType<Waterfall['view']>>) => {
  await viewer.to(({ kind }) => kind === 'run')
  return viewer.to(runEnds)
}

const bytesEach = (messages: readonly Message[], side: string): number => {
  const found = messages.findLast(
    ({ kind, ...rest }) => kind === 'memory' && 'side' in rest && rest.side === side,
  )
  if (found?.kind !== 'memory') throw new Error(`Cannot find the memory of ${side}`)
  return (found.now.rss - found.before.rss) / found.streams
}

told(
  'a run: the page and the events of both sides, when they were made and when they came',
  async () => {
    const viewer = await waterfall.view()
    const run = await aRun(viewer)
    for (const side of ['sluice', 'node'] as const) {
      const page = streamIn(run, side, 'page')
      assert.equal(page.made, ['Shell', 'Rivers', 'Locks', 'Weirs'])
      assert.ok(
        run.some((each) => each.kind === 'end' && each.side === side && each.stream === 'page'),
      )
      assert.ok(page.wireBytes < page.decodedBytes / 2, `${page.wireBytes} of ${page.decodedBytes}`)
      const events = streamIn(run, side, 'events')
      assert.ok(events.made.length >= 4, `${events.made}`)
      assert.ok(events.readable < events.madeAt('Event 2'))
    }
    const [ours, theirs] = [streamIn(run, 'sluice', 'page'), streamIn(run, 'node', 'page')]
    assert.is(ours.decodedBytes, theirs.decodedBytes, 'it is the same page')
    assert.ok(ours.readable < ours.madeAt('Rivers'), 'the shell comes before the first section')
    assert.ok(theirs.readable > theirs.madeAt('Weirs'), 'nothing comes before the last section')

    const [our, their] = [bytesEach(run, 'sluice'), bytesEach(run, 'node')]
    assert.ok(their > 100 * 1024, `${their} bytes`)
    assert.ok(our * 3 < their, `${our} and ${their} bytes`)
    viewer.leave()
  },
)

told('one who comes later sees the run from its beginning, and how it is now', async () => {
  const viewer = await waterfall.view()
  const [first] = await viewer.to(() => true)
  assert.is(first?.kind, 'state')
  const run = await aRun(viewer)
  assert.equal(streamIn(run, 'node', 'page').made, ['Shell', 'Rivers', 'Locks', 'Weirs'])
  assert.is(await waterfall.post('again'), 200)
  assert.equal(
    (await aRun(viewer)).filter(({ kind }) => kind === 'failure'),
    [],
  )
  viewer.leave()
})

told('flushed by hand, the page of node:http comes as it is made', async () => {
  const viewer = await waterfall.view()
  await viewer.to(isReady)
  await waterfall.post('switches?flushed=true')
  await viewer.to((each) => each.kind === 'run' && each.flushed)
  const { readable, madeAt } = streamIn(await viewer.to(runEnds), 'node', 'page')
  assert.ok(readable < madeAt('Rivers'))
  viewer.leave()
})

told('at work the idle streams take more, and a pause gives it back', async () => {
  const viewer = await waterfall.view()
  await viewer.to(isReady)
  await waterfall.post('switches?paused=false')
  const atWork = { sluice: 0, node: 0 }
  await viewer.to((each) => {
    if (each.kind !== 'memory' || each.paused) return false
    atWork[each.side] = Math.max(atWork[each.side], each.now.rss)
    return atWork.sluice > 0 && atWork.node > 0
  })
  await waterfall.post('switches?paused=true')
  const atRest = await viewer.to(
    (each) => each.kind === 'memory' && each.paused && each.side === 'node',
  )
  const all = [...atRest, ...(await viewer.to(() => true))]
  const ours = all.findLast(
    (each) => each.kind === 'memory' && each.paused && each.side === 'sluice',
  )
  assert.ok(ours?.kind === 'memory' && ours.now.rss < atWork.sluice)
  viewer.leave()
})

told(
  'for a slow reader node:http holds all that is made, and Sluice stops its source',
  async () => {
    const viewer = await waterfall.view()
    await viewer.to(isReady)
    await waterfall.post('switches?slow=true')
    const mebi = 1_048_576
    let ours = 0
    await viewer.to((each) => {
      if (each.kind !== 'held') return false
      if (each.side === 'sluice') ours = Math.max(ours, each.rss)
      return each.side === 'node' && each.rss > 16 * mebi
    })
    assert.ok(ours < 6 * mebi, `${ours} bytes`)
    await waterfall.post('switches?slow=false')
    await viewer.to((each) => each.kind === 'state' && !each.switches.slow)
    viewer.leave()
  },
)

told('what is not there is a 404, and a GET switches nothing', async () => {
  for (const path of ['nothing', 'again', 'switches?slow=true'])
    assert.is((await fetch(`${waterfall.url}/waterfall/${path}`)).status, 404, path)
})

told('the ninth viewer is refused, and there is room again when one leaves', async () => {
  const viewers = []
  for (let i = 0; i < 8; i++) viewers.push(await waterfall.view())
  const ninth = await fetch(`${waterfall.url}/waterfall/events`)
  assert.is(ninth.status, 503)
  assert.match(await ninth.text(), /found 8 viewers/)
  for (const viewer of viewers) viewer.leave()
  const left = await until(async () => {
    const viewer = await waterfall.view()
    viewer.leave()
    return viewer.status === 200
  })
  assert.ok(left)
})

/** Asks until it is so. */
const until = async (isSo: () => boolean | Promise<boolean>): Promise<boolean> => {
  for (let i = 0; i < 600; i++) {
    if (await isSo()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

const withProc = tellsChildren ? told : told.skip
const unlessSkipped = tellsChildren ? '' : ' (skipped: it takes /proc)'

withProc(`a server that dies is told, and both are started again${unlessSkipped}`, async () => {
  const viewer = await waterfall.view()
  await viewer.to(isReady)
  const before = childrenOf(waterfall)
  process.kill(before.get('sluice') ?? 0, 'SIGKILL')
  const messages = await viewer.to(({ kind }) => kind === 'failure')
  assert.equal(messages.at(-1), {
    kind: 'failure',
    message: 'The process of sluice ended with SIGKILL',
  })
  const run = await aRun(viewer)
  assert.equal(streamIn(run, 'sluice', 'page').made, ['Shell', 'Rivers', 'Locks', 'Weirs'])
  const after = childrenOf(waterfall)
  for (const name of ['sluice', 'node-http']) assert.is.not(after.get(name), before.get(name))
  viewer.leave()
})

withProc(`both end after the last viewer, whenever that leaves${unlessSkipped}`, async () => {
  assert.ok(await until(() => childrenOf(waterfall).size === 0))
  for (const afterMessages of [1, 12]) {
    const viewer = await waterfall.view()
    let count = 0
    await viewer.to(() => ++count === afterMessages)
    viewer.leave()
    assert.ok(
      await until(() => childrenOf(waterfall).size === 0),
      `after ${afterMessages} messages`,
    )
  }
})

withProc(`SIGTERM ends it, and both servers with it${unlessSkipped}`, async () => {
  const viewer = await waterfall.view()
  await viewer.to(isReady)
  const pids = [...childrenOf(waterfall).values()]
  assert.is(pids.length, 2)
  process.kill(waterfall.program.pid, 'SIGTERM')
  assert.is(await waterfall.program.exited(), 0)
  assert.ok(await until(() => !pids.some(isRunning)))
})

withProc(`if it is killed, both servers end${unlessSkipped}`, async () => {
  const killed = await startWaterfall()
  const viewer = await killed.view()
  await viewer.to(({ kind }) => kind === 'run')
  const pids = [...childrenOf(killed).values()]
  assert.is(pids.length, 2)
  process.kill(killed.program.pid, 'SIGKILL')
  assert.ok(await until(() => !pids.some(isRunning)))
})

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

told.before(async () => {
  waterfall = await startWaterfall()
})
told.after(() => waterfall.program.signal('SIGKILL'))
told.run()
