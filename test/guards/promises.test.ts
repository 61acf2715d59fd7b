import '../support/steady-turns.ts'
import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { connect } from 'node:net'
import { closeBody, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { filter, pipe } from '@sluice/filter'
import { serve } from '@sluice/server'
import { output, stack, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProcess } from '../support/runner/run-process.mjs'
import { requestOf } from '../support/server/request.ts'
import type { Body } from '@sluice/body'
import type { PassingMiddleware } from '@sluice/stack'

/** Counts that no machine changes: promises and objects made a frame or a request. What they bound is what makes it fast. */

/** Asynchronous resources made while `run` runs and, where it waits, until it has ended. */
const madeIn = async (run: () => unknown): Promise<ReadonlyMap<string, number>> => {
  const made = new Map<string, number>()
  const hook = createHook({
    init(_id, type) {
      made.set(type, (made.get(type) ?? 0) + 1)
    },
  })
  hook.enable()
  const outcome = run()
  if (outcome instanceof Promise) await outcome
  hook.disable()
  return made
}

const chunk = new Uint8Array(64)

const chunks = (count: number) => ({
  *[Symbol.iterator]() {
    for (let i = 0; i < count; i++) yield chunk
  },
})

const pass = () => filter('pass', () => ({ data: (bytes) => bytes }))

const drain = (body: Body) => {
  const source = pullFrom(body)
  let frames = 0
  for (;;) {
    const frame = source.pull()
    if (frame === undefined) return frames
    if ('then' in frame) throw new Error('it made a promise')
    frames++
  }
}

const frames = suite('guard: frames')

frames(
  'that are there at once cost no promise and no other resource, through ten filters',
  async () => {
    const filters = Array.from({ length: 10 }, pass)
    let read = 0
    const made = await madeIn(() => {
      read = drain(filters.reduce((body, each) => each(body), toBody(chunks(10_000))))
    })
    assert.is(read, 10_000)
    assert.equal([...made], [])
  },
)

frames('that have to be waited for cost ten filters no promise more than none', async () => {
  const promisesOf = async (filters: number) => {
    async function* waiting() {
      for (let i = 0; i < 1000; i++) yield chunk
    }
    const body = Array.from({ length: filters }, pass).reduce(
      (each, apply) => apply(each),
      toBody(waiting()),
    )
    const made = await madeIn(async () => {
      const source = pullFrom(body)
      let read = 0
      while ((await source.pull()) !== undefined) read++
      assert.is(read, 1000)
    })
    return made.get('PROMISE') ?? 0
  }
  const none = await promisesOf(0)
  const ten = await promisesOf(10)
  assert.ok(ten - none < 100, `${none} promises without filters, ${ten} with ten`)
})

frames('that pass are the very same frames', () => {
  const given = Array.from({ length: 100 }, () => ({ kind: 'data' as const, bytes: chunk }))
  const source = pullFrom(pipe(toBody(given), pass(), pass(), pass()))
  for (const frame of given) assert.is(source.pull(), frame)
  assert.is(source.pull(), undefined)
})

frames('are asked of the source once each, and of no stage twice', () => {
  let pulled = 0
  let seen = 0
  const source = {
    *[Symbol.iterator]() {
      for (; pulled < 1000; pulled++) yield chunk
    },
  }
  const counting = filter('counting', () => ({
    data(bytes) {
      seen++
      return bytes
    },
  }))
  assert.is(drain(pipe(toBody(source), counting, counting)), 1000)
  assert.is(pulled, 1000)
  assert.is(seen, 2000)
})

frames('of filters in neighbouring middlewares cost no promise either', async () => {
  const app = stack(output(pass()), output(pass()), output(pass()))(() => stream(chunks(1000)))
  const response = await app(requestOf())
  let read = 0
  const made = await madeIn(() => {
    read = drain(response.body)
  })
  assert.is(read, 1000)
  assert.equal([...made], [])
})

frames('that nobody pulls make no stage', async () => {
  let stages = 0
  const staged = filter('staged', () => {
    stages++
    return { data: (bytes) => bytes }
  })
  await closeBody(pipe(toBody(chunks(1)), staged, staged))
  assert.is(stages, 0)
})

frames.run()

const requests = suite('guard: requests')

const through: PassingMiddleware = (next) => (request) => next(request)

requests('that are answered at once cost no promise, with five middlewares', async () => {
  const app = stack(through, through, through, through, through)(() => text('hello'))
  const server = await serve(app)
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  await once(socket, 'connect')
  const ask = async (count: number) => {
    let answers = 0
    const all = new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        answers += bytes.toString().split('HTTP/1.1 200').length - 1
        if (answers === count) resolve()
      })
    })
    socket.write('GET / HTTP/1.1\r\nhost: a\r\naccept: */*\r\n\r\n'.repeat(count))
    await all
    socket.removeAllListeners('data')
  }
  await ask(10)
  const few = await madeIn(() => ask(10))
  const many = await madeIn(() => ask(1010))
  const more = (type: string) => (many.get(type) ?? 0) - (few.get(type) ?? 0)
  assert.is(more('PROMISE'), 0, 'promises for a thousand requests more')
  assert.is(more('Timeout'), 0, 'timers')
  // A thousand requests may take several turns of the loop, which are shared with others.
  assert.ok(more('Immediate') < 100, `${more('Immediate')} immediates`)
  // Answers to requests that came together leave together: far fewer writes than requests.
  assert.ok(more('WRITEWRAP') < 200, `${more('WRITEWRAP')} writes`)
  socket.destroy()
  await server.close()
})

requests.run()

const start = suite('guard: start')

start(
  'the server loads node:net, and neither node:http nor TLS before they are asked for',
  async () => {
    const program = `import { serve } from '@sluice/server'
    import { text } from '@sluice/stack'
    await serve(() => text('hello'))
    console.log(process.moduleLoadList.join())
    process.exit()`
    const { code, output } = await runProcess(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ])
    assert.is(code, 0, output)
    assert.match(output, /NativeModule net\b/)
    // With them 3 MB of heap on Node 26, which a garbage collector walks, and half of its start.
    assert.not.match(output, /NativeModule (_http_server|_tls_wrap|internal\/deps\/undici)/)
  },
)

start.run()
