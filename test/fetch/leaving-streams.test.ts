// What undici, in Node, does not expect of its own streams ends the process; here it is counted.
import { readText, toBody } from '@sluice/body'
import { closeBodyQuietly } from '@sluice/body/engine'
import { fromFetch, fromRequest, fromResponse } from '@sluice/fetch'
import { checkResponse, request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Body, Frame } from '@sluice/body'

const leaving = suite('leaving the stream of a Response')

const form = (parts: readonly (string | Blob)[]): FormData => {
  const made = new FormData()
  for (const part of parts) {
    if (typeof part === 'string') made.append('text', part)
    else made.append('file', part)
  }
  return made
}

/** The errors that would have ended the process. */
const fatalDuring = async (run: () => Promise<void>): Promise<readonly unknown[]> => {
  const fatal: unknown[] = []
  const add = (error: unknown) => void fatal.push(error)
  process.on('uncaughtException', add)
  process.on('unhandledRejection', add)
  try {
    await run()
    for (let i = 0; i < 50; i++) await turn()
  } finally {
    process.off('uncaughtException', add)
    process.off('unhandledRejection', add)
  }
  return fatal
}

const bytes = (length: number) => new Uint8Array(length).fill(97)

const content: readonly { readonly name: string; make(): unknown }[] = [
  { name: 'a text', make: () => 'tea' },
  { name: 'bytes', make: () => bytes(10) },
  { name: 'a blob', make: () => new Blob([bytes(300_000)]) },
  { name: 'a form of texts', make: () => form(['tea', 'milk']) },
  {
    name: 'a form of files',
    make: () => form([new Blob([bytes(300_000)]), new Blob([bytes(300_000)]), 'milk']),
  },
  {
    name: 'an async iterable that ends later',
    async *make() {
      yield bytes(1)
      await turn()
    },
  },
  {
    name: 'an async iterable that goes on',
    async *make() {
      for (;;) {
        yield bytes(1)
        await turn()
      }
    },
  },
  {
    name: 'an async iterable that fails later',
    async *make() {
      yield bytes(1)
      await turn()
      throw new Error('it broke')
    },
  },
]

const moments: readonly { readonly name: string; leave(body: Body<Frame>): Promise<void> }[] = [
  { name: 'unread', leave: async (body) => void closeBodyQuietly(body) },
  {
    name: 'after its first frame',
    async leave(body) {
      const frames = body[Symbol.asyncIterator]()
      await frames.next()
      void frames.return?.()
    },
  },
  {
    name: 'during a read',
    async leave(body) {
      const frames = body[Symbol.asyncIterator]()
      await frames.next()
      void frames.next().catch(() => {})
      void frames.return?.()
    },
  },
  {
    name: 'a turn into a read',
    async leave(body) {
      const frames = body[Symbol.asyncIterator]()
      await frames.next()
      void frames.next().catch(() => {})
      await turn()
      void frames.return?.()
    },
  },
]

for (const { name, make } of content)
  for (const { name: moment, leave } of moments)
    leaving(`${name} that is left ${moment} ends no process`, async () => {
      const fatal = await fatalDuring(() => leave(fromResponse(new Response(untyped(make()))).body))
      assert.equal(fatal, [])
    })

for (const { name, make } of content)
  leaving(`a Response of ${name} that a handler returns by mistake ends no process`, async () => {
    const fatal = await fatalDuring(async () => {
      const response = new Response(untyped(make()))
      throwsAtOnce(() => checkResponse(response), 'RESPONSE_INVALID')
    })
    assert.equal(fatal, [])
  })

leaving('a Response that is being read when it is refused is left to its reader', async () => {
  const response = new Response('tea')
  const reading = response.text()
  throwsAtOnce(() => checkResponse(response), 'RESPONSE_INVALID')
  assert.is(await reading, 'tea')
})

leaving(
  'a stream of toBody is cancelled at once, also during a read: it may be a download',
  async () => {
    let cancels = 0
    const stream = new ReadableStream({ type: 'bytes', cancel: () => void cancels++ })
    const frames = toBody(stream)[Symbol.asyncIterator]()
    const pending = frames.next()
    await turn()
    await within(5000, Promise.resolve(frames.return?.()))
    await within(5000, pending)
    assert.is(cancels, 1)
  },
)

leaving('a form whose fields are refused ends no process', async () => {
  const fatal = await fatalDuring(async () => {
    const response = new Response(form(['tea', 'milk', 'sugar']), { headers: { 'x-a': '\x01' } })
    throwsAtOnce(() => fromResponse(response), 'RESPONSE_INVALID')
  })
  assert.equal(fatal, [])
})

leaving('a form in the answer to HEAD ends no process', async () => {
  const app = fromFetch(() => new Response(form(['tea', 'milk', 'sugar'])))
  const fatal = await fatalDuring(async () => {
    const { body } = await app(request('/', { method: 'HEAD' }))
    await closeBodyQuietly(body)
  })
  assert.equal(fatal, [])
})

leaving('the finally of an async generator runs once, when it has yielded', async () => {
  let closes = 0
  const waiting = deferred<void>()
  async function* page() {
    try {
      yield bytes(1)
      await waiting.promise
      yield bytes(1)
      yield bytes(1)
    } finally {
      closes++
    }
  }
  const frames = fromResponse(new Response(untyped(page()))).body[Symbol.asyncIterator]()
  await frames.next()
  const flushed = await frames.next()
  assert.is(flushed.value?.kind, 'flush')
  const pending = frames.next()
  const closed = Promise.resolve(frames.return?.())
  assert.is(await stateOf(closed), 'pending')
  waiting.resolve()
  await within(5000, Promise.all([closed, pending]))
  assert.is(closes, 1)
})

leaving('a stream that waits is cancelled at once', async () => {
  let cancels = 0
  const stream = new ReadableStream({ cancel: () => void cancels++ })
  const frames = fromResponse(new Response(stream)).body[Symbol.asyncIterator]()
  await frames.next()
  void frames.next()
  await turn()
  await within(5000, Promise.resolve(frames.return?.()))
  assert.is(cancels, 1)
})

leaving('the content of a Request that is left during a read ends no process', async () => {
  async function* upload() {
    yield bytes(1)
    await turn()
  }
  const init = { method: 'POST', body: untyped(upload()), duplex: 'half' } as const
  const fatal = await fatalDuring(async () => {
    const frames = fromRequest(new Request('http://a.example/', init)).body[Symbol.asyncIterator]()
    await frames.next()
    void frames.next()
    void frames.return?.()
  })
  assert.equal(fatal, [])
})

leaving('a form that is read to its end is whole', async () => {
  const text = await readText(fromResponse(new Response(form(['tea']))).body)
  assert.match(text, /name="text"\r\n\r\ntea\r\n/)
})

leaving.run()
