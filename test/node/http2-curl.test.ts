// curl over HTTP/2, with and without TLS: what is flushed arrives, an upload is read while it is sent, and an error is one.
import { fields } from '@sluice/body'
import { flush } from '@sluice/flush'
import { empty, requestUrl, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { servingHttp2 } from '../support/server/http2-site.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

const curled = suite('http2: curl')

const { output: version } = hasProgram('curl')
  ? await runProcess('curl', ['--version'])
  : { output: '' }
const withCurl = version.includes('HTTP2') ? curled : curled.skip
const unlessSkipped = version.includes('HTTP2')
  ? ''
  : ' (skipped: there is no curl with HTTP/2 here)'

/** How curl is told to speak HTTP/2, without and with TLS. */
const ways = [
  { name: 'without TLS', flags: '--http2-prior-knowledge', secure: false },
  { name: 'over TLS', flags: '--http2 -k', secure: true },
]

for (const { name, flags, secure } of ways) {
  const curl = `curl -sSN ${flags}`

  withCurl(
    `${name}: it prints what was flushed before the rest is produced${unlessSkipped}`,
    servingHttp2(async (start) => {
      const rest = deferred<string>()
      async function* page(): AsyncGenerator<string | Frame> {
        yield 'the shell\n'
        yield flush
        yield await rest.promise
      }
      const site = await start(() => stream(page()), { secure })
      const program = startProgram('sh', ['-c', `${curl} -w '%{http_version}' ${site.url}`])
      await program.printed(/^the shell\n$/)
      rest.resolve('the rest\n')
      assert.is(await program.exited(), 0)
      assert.is(program.output, 'the shell\nthe rest\n2')
      assert.equal(site.told, [])
    }),
  )

  withCurl(
    `${name}: an upload of unknown length is read while it is sent${unlessSkipped}`,
    servingHttp2(async (start) => {
      const first = deferred()
      const read: string[] = []
      async function* back({ body }: HttpRequest): AsyncGenerator<string> {
        for await (const frame of body) {
          if (frame.kind !== 'data') continue
          read.push(Buffer.from(frame.bytes).toString())
          first.resolve()
        }
        yield read.join()
      }
      const site = await start(
        async (request) => {
          if (request.method !== 'GET') return stream(back(request))
          await first.promise
          return text('read')
        },
        { secure },
      )
      // The second line is sent when the first was read.
      const parts = `{ echo one; ${curl} ${site.url}; echo; echo two; }`
      const { code, output } = await runProcess('sh', [
        '-c',
        `${parts} | ${curl} -T - ${site.url}/upload`,
      ])
      assert.is(code, 0, output)
      assert.is(output, read.join())
      assert.is(read[0], 'one\n')
      assert.is(read.join(''), 'one\nread\ntwo\n')
      assert.equal(site.told, [])
    }),
  )

  withCurl(
    `${name}: it gets trailers, and the content of a megabyte as it was sent${unlessSkipped}`,
    servingHttp2(async (start) => {
      const line = `${'x'.repeat(1023)}\n`
      async function* lines(): AsyncGenerator<string | Frame> {
        for (let i = 0; i < 1024; i++) yield line
        yield { kind: 'trailers', fields: fields({ 'x-lines': '1024' }) }
      }
      const site = await start(() => stream(lines()), { secure })
      const { code, output } = await runProcess('sh', ['-c', `${curl} -D - ${site.url}`])
      assert.is(code, 0, output.slice(-200))
      assert.match(output.slice(0, 50), /^HTTP\/2 200 \r\n/)
      assert.ok(output.includes(line.repeat(1024)))
      assert.match(output.slice(-200), /x-lines: 1024\r\n/)
      assert.equal(site.told, [])
    }),
  )

  withCurl(
    `${name}: after an error what was flushed is there, and the end is an error${unlessSkipped}`,
    servingHttp2(async (start) => {
      const failure = new Error('broken')
      async function* page(): AsyncGenerator<string | Frame> {
        yield 'the shell\n'
        yield flush
        throw failure
      }
      const site = await start(
        ({ target }) => {
          if (target === '/at-once') throw failure
          return stream(page())
        },
        { secure },
      )
      const after = await runProcess('sh', ['-c', `${curl} ${site.url}`])
      // RST_STREAM: "HTTP/2 stream was not closed cleanly".
      assert.is(after.code, 92, after.output)
      assert.match(after.output, /^the shell$/m)
      const before = await runProcess('sh', [
        '-c',
        `${curl} -o /dev/null -w '%{http_code}' ${site.url}/at-once`,
      ])
      assert.is(before.output, '500')
      assert.equal(site.told, [failure, failure])
    }),
  )

  withCurl(
    `${name}: if it is ended, the signal aborts and the source is closed once${unlessSkipped}`,
    servingHttp2(async (start) => {
      const ends: string[] = []
      const over = deferred()
      async function* page({ client }: HttpRequest): AsyncGenerator<string | Frame> {
        client.signal.addEventListener('abort', () => ends.push('aborted'))
        try {
          yield 'the shell\n'
          yield flush
          await new Promise((_, reject) => {
            client.signal.addEventListener('abort', () => reject(client.signal.reason))
          })
        } finally {
          ends.push('closed')
          over.resolve()
        }
      }
      const site = await start((request) => stream(page(request)), { secure })
      const program = startProgram('sh', ['-c', `${curl} ${site.url}`])
      await program.printed(/^the shell\n$/)
      program.signal('SIGKILL')
      await program.exited()
      await over.promise
      assert.equal(ends, ['aborted', 'closed'])
      assert.equal(site.told, [])
    }),
  )
}

withCurl(
  `over TLS, the same listener answers HTTP/1.1 to a client that has no HTTP/2${unlessSkipped}`,
  servingHttp2(async (start) => {
    const site = await start(
      (request) => text(`${request.version} ${requestUrl(request).href} ${request.client.address}`),
      { secure: true },
    )
    for (const [flag, version] of [
      ['--http1.1', '1.1'],
      ['--http1.0 --no-alpn', '1.0'],
      ['--http2', '2'],
    ]) {
      const { output } = await runProcess('sh', ['-c', `curl -sSk ${flag} '${site.url}/a?b'`])
      assert.match(output, new RegExp(`^${version} https://localhost:\\d+/a\\?b (::1|127.0.0.1)$`))
    }
    assert.equal(site.told, [])
  }),
)

withCurl(
  `HEAD, 204 and 304 have no content${unlessSkipped}`,
  servingHttp2(async (start) => {
    const site = await start(({ target, method }) => {
      if (method === 'HEAD') return text('content')
      return empty({ status: Number(target.slice(1)) })
    })
    const curl = `curl -sS --http2-prior-knowledge`
    const head = await runProcess('sh', ['-c', `${curl} -I ${site.url}`])
    assert.match(head.output, /^HTTP\/2 200 \r\n[\s\S]*content-length: 7\r\n/)
    for (const status of [204, 205, 304]) {
      const { output } = await runProcess('sh', ['-c', `${curl} -i ${site.url}/${status}`])
      assert.match(output, new RegExp(`^HTTP/2 ${status} \r\n[\\s\\S]*\r\n\r\n$`))
    }
    assert.equal(site.told, [])
  }),
)

curled.run()
