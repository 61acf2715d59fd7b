// Bodies of ours on the client's side: over responses of fetch and undici, and as uploads.
import { createServer } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { readBytes, readText, toBody } from '@sluice/body'
import { decompress } from '@sluice/compress'
import { fromResponse, toFetchMiddleware, toReadableStream } from '@sluice/fetch'
import { limitBytes, mapText, pipe } from '@sluice/filter'
import { flush } from '@sluice/flush'
import { output } from '@sluice/stack'
import { request, fetch as undiciFetch } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { RequestListener, Server } from 'node:http'

const broken = new Error('it broke')
const loud = mapText((part) => part.toUpperCase())

/** Runs with the address of a server that answers so. */
const serving = async (listener: RequestListener, run: (url: string) => Promise<void>) => {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  try {
    await within(10_000, run(`http://127.0.0.1:${port}/`))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const echo: RequestListener = (req, res) => {
  req.pipe(res)
}

/** Sends `one `, and `two` when it is told so. */
const inTwo =
  (go: Promise<void>, left: () => void): RequestListener =>
  async (_, res) => {
    res.on('close', left)
    res.write('one ')
    await go
    res.end('two')
  }

const downloads = suite('client: filters over responses')

for (const [name, ask] of [
  ['fetch', fetch],
  ['the fetch of undici', undiciFetch],
] as const) {
  downloads(`a filter over a response of ${name} gives what has arrived`, async () => {
    const go = deferred()
    await serving(
      inTwo(go.promise, () => {}),
      async (url) => {
        const { body } = await ask(url)
        if (body === null) throw new Error('no body')
        let read = ''
        for await (const frame of pipe(toBody(body), loud)) {
          if (frame.kind === 'data') read += new TextDecoder().decode(frame.bytes)
          if (read === 'ONE ') go.resolve()
        }
        assert.is(read, 'ONE TWO')
      },
    )
  })
}

downloads('a filter over the body of undici.request', async () => {
  await serving(
    (_, res) => res.end(gzipSync('hello')),
    async (url) => {
      const { body } = await request(url)
      assert.is(await readText(pipe(toBody(body), decompress('gzip'), loud)), 'HELLO')
    },
  )
})

downloads('a limit ends the download', async () => {
  const left = deferred()
  await serving(
    inTwo(new Promise(() => {}), () => left.resolve()),
    async (url) => {
      const response = fromResponse(await fetch(url))
      const limited = pipe(response.body, limitBytes({ maxBytes: 3 }))
      await rejects(() => readText(limited), 'BODY_TOO_LARGE')
      await left.promise
    },
  )
})

downloads('what fetch has decoded has no coding and no length of it', async () => {
  const zipped = gzipSync('hello')
  const headers = { 'content-encoding': 'gzip', 'content-length': zipped.length, etag: '"1"' }
  await serving(
    (req, res) => {
      res.writeHead(200, headers)
      res.end(req.method === 'HEAD' ? undefined : zipped)
    },
    async (url) => {
      const given = fromResponse(await fetch(url))
      const names = ['content-encoding', 'content-length', 'etag']
      const fieldsOf = (list: typeof given.headers) => names.map((name) => list.get(name))
      assert.equal(fieldsOf(given.headers), [undefined, undefined, '"1"'])
      assert.is(await readText(given.body), 'hello')
      const head = fromResponse(await fetch(url, { method: 'HEAD' }))
      assert.equal(fieldsOf(head.headers), ['gzip', String(zipped.length), '"1"'])
      // The same in an application that answers with the response of another server.
      const app = toFetchMiddleware(output(loud))
      const answer = await app(new Request(url), () => fetch(url))
      assert.equal([answer.headers.get('content-encoding'), await answer.text()], [null, 'HELLO'])
    },
  )
})

const coded: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync('hello'),
  deflate: deflateSync('hello'),
  br: brotliCompressSync('hello'),
  // A frame of one raw block (RFC 8878 3.1.1): not every Node codes zstd.
  zstd: Buffer.concat([Buffer.from('28b52ffd2005290000', 'hex'), Buffer.from('hello')]),
}

for (const [coding, sent] of Object.entries(coded))
  downloads(`content in ${coding} has its coding if fetch does not decode it`, async () => {
    await serving(
      (_, res) => res.writeHead(200, { 'content-encoding': coding }).end(sent),
      async (url) => {
        const { headers, body } = fromResponse(await fetch(url))
        const got = Buffer.from(await readBytes(body, { maxBytes: 100 }))
        const isCoded = headers.get('content-encoding') === coding
        assert.equal(got.toString('hex'), (isCoded ? sent : Buffer.from('hello')).toString('hex'))
      },
    )
  })

downloads.run()

const uploads = suite('client: uploads')

for (const [name, ask] of [
  ['fetch', fetch],
  ['the fetch of undici', undiciFetch],
] as const) {
  const upload = (url: string, body: ReadableStream) =>
    ask(url, { method: 'POST', body, duplex: 'half' })

  uploads(`a body is the upload of ${name}`, async () => {
    await serving(echo, async (url) => {
      const body = pipe(toBody(['hello ', flush, 'there']), loud)
      assert.is(await (await upload(url, toReadableStream(body))).text(), 'HELLO THERE')
    })
  })

  uploads(`with ${name}, the server has what was flushed before the rest exists`, async () => {
    const arrived = deferred()
    async function* slow() {
      yield 'one '
      yield flush
      await arrived.promise
      yield 'two'
    }
    const listener: RequestListener = (req, res) => {
      req.once('data', () => arrived.resolve())
      echo(req, res)
    }
    await serving(listener, async (url) => {
      const response = await upload(url, toReadableStream(toBody(slow())))
      assert.is(await response.text(), 'one two')
    })
  })

  uploads(`with ${name}, an error of the body is no complete upload`, async () => {
    const ended = deferred<boolean>()
    async function* failing() {
      yield 'one '
      yield flush
      throw broken
    }
    const listener: RequestListener = (req) => {
      req.resume()
      req.on('close', () => ended.resolve(req.complete))
    }
    await serving(listener, async (url) => {
      const failure = await upload(url, toReadableStream(toBody(failing()))).then(
        () => undefined,
        (error: unknown) => error,
      )
      assert.ok(failure !== undefined, String(codeOf(failure)))
      assert.is(await ended.promise, false)
    })
  })
}

uploads(
  'a server that leaves closes the source of undici.request, and a signal that of fetch',
  async () => {
    const closed: string[] = []
    async function* endless(name: string, over: () => void) {
      try {
        for (;;) {
          yield 'x'.repeat(65_536)
          await turn()
        }
      } finally {
        closed.push(name)
        over()
      }
    }
    const leaves: RequestListener = (req) => req.socket.destroy()
    await serving(leaves, async (url) => {
      const first = deferred()
      const body = toReadableStream(toBody(endless('request', first.resolve)))
      await request(url, { method: 'POST', body: untyped(body) }).catch(() => {})
      await first.promise
      const second = deferred()
      const failed = new AbortController()
      const { signal } = failed
      const other = toReadableStream(toBody(endless('fetch', second.resolve)), { signal })
      await fetch(url, { method: 'POST', body: other, duplex: 'half' }).catch(() => failed.abort())
      await second.promise
      assert.equal(closed, ['request', 'fetch'])
    })
  },
)

uploads('trailers are left out', async () => {
  const frames = toBody([
    'hello',
    { kind: 'trailers', fields: fromResponse(new Response()).headers },
  ])
  await serving(echo, async (url) => {
    const body = toReadableStream(frames)
    const response = await fetch(url, { method: 'POST', body, duplex: 'half' })
    assert.is(await response.text(), 'hello')
  })
})

uploads.run()
