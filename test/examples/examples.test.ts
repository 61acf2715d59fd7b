// @slow 14
// @declarations
// The examples that answer one request. Those of several requests, the showcase and copies have files of their own.
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { data, readText, toBody } from '@sluice/body'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { words } from '../support/bodies/record.ts'
import { handFed } from '../support/bodies/sources.ts'
import { holds } from '../support/holds.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cutAt, utf8 } from '../support/parsing/cuts.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { exampleNames } from '../support/repository/example-names.ts'
import { importsOf, packageNamed } from '../support/repository/source-file.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Deferred } from '../support/within.ts'

const streamedPage: typeof import('../../examples/streamed-page/app.ts') = await import(
  await compiledExample('streamed-page')
)
const upload: typeof import('../../examples/upload/app.ts') = await import(
  await compiledExample('upload')
)
const rewriteHtml: typeof import('../../examples/rewrite-html/app.ts') = await import(
  await compiledExample('rewrite-html')
)

const folders = suite('examples: the folders')

for (const name of exampleNames())
  folders(`${name} has a package.json and a README, and names what its programs import`, () => {
    const files = readdirSync(`examples/${name}`)
    for (const file of ['README.md', 'package.json']) assert.ok(files.includes(file))
    const manifest = JSON.parse(readFileSync(`examples/${name}/package.json`, 'utf8'))
    if (name === 'showcase') return
    const started = /^tsx (\w+\.ts)$/.exec(manifest.scripts.start)?.[1] ?? 'no program'
    assert.ok(files.includes(started), started)
    const programs = files.filter((file) => /\.[jt]s$/.test(file))
    const imported = new Set(programs.flatMap((file) => importsOf(`examples/${name}/${file}`)))
    const packages = [...imported].filter((from) => !/^(node:|\.)/.test(from)).map(packageNamed)
    assert.equal(Object.keys(manifest.dependencies), [...new Set(packages)].sort())
  })

for (const name of exampleNames().filter((each) => each !== 'showcase'))
  folders(`${name} names its path once, in about`, () => {
    const files = readdirSync(`examples/${name}`).filter((file) => /\.(?:[jt]s|py|sh)$/.test(file))
    const lines = files.flatMap((file) =>
      readFileSync(`examples/${name}/${file}`, 'utf8').split('\n'),
    )
    const own = new RegExp(`/${name}(?![\\w-])`)
    assert.equal(
      lines.filter((line) => own.test(line)).map((line) => line.trim()),
      [`path: '/${name}',`],
    )
  })

folders.run()

const paths = suite('examples: paths')

/** Those with pages below their own, or whose page asks other servers for something. */
const withPaths = [
  ...['api', 'approval', 'cgi-programs', 'database', 'files', 'first-of', 'out-of-order-page'],
  ...['process-page', 'telnet-page', 'tokens', 'xml-rpc-page'],
]

for (const name of withPaths)
  paths(
    `${name} answers 404 to a path that it does not know`,
    serving(async (start) => {
      const { app } = await import(await compiledExample(name))
      const site = await start(app)
      assert.is((await site.ask(get(`/${name}/no-such/page`))).status, 404)
    }),
  )

paths.run()

const streams = suite('examples: streamed-page')

/** A load that the test settles, call by call. */
const loads = () => {
  const calls: { part: string; signal: AbortSignal; rows: Deferred<readonly string[]> }[] = []
  const load = (part: string, signal: AbortSignal) => {
    const rows = deferred<readonly string[]>()
    calls.push({ part, signal, rows })
    signal.addEventListener('abort', () => rows.reject(signal.reason))
    return rows.promise
  }
  return { calls, app: streamedPage.streamedPage(load) }
}

streams(
  'the shell arrives while the first part is loaded, and each part before the next is',
  serving(async (start) => {
    const { calls, app } = loads()
    const site = await start(app)
    const client = await site.connect()
    client.send(get())
    const head = await readHead(client)
    assert.is(head.fields.get('x-accel-buffering'), 'no')
    assert.match((await readChunk(client)) ?? '', /<h1>Waterways<\/h1>\n$/)
    for (const [at, part] of ['Rivers', 'Locks', 'Weirs'].entries()) {
      // The chunk before may be here earlier than the page asks for the next part.
      await site.until(() => calls.length > at, part)
      assert.is(calls.length, at + 1)
      assert.is(calls[at]?.part, part)
      calls[at]?.rows.resolve(['a & b', '<i>'])
      const wanted = `<h2>${part}</h2><ul>\n<li>a &amp; b\n<li>&lt;i&gt;\n</ul>\n`
      assert.is(await readChunk(client), wanted)
    }
    const { content } = await readContent(client, head)
    assert.is(content, '<footer>That is all.</footer></main>\n')
  }),
)

streams(
  'when the client leaves, what is being loaded is told',
  serving(async (start) => {
    const { calls, app } = loads()
    const site = await start(app)
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await readChunk(client)
    const gone = deferred()
    calls[0]?.signal.addEventListener('abort', () => gone.resolve())
    client.destroy()
    await gone.promise
    assert.is(calls[0]?.signal.reason.code, 'READER_GONE')
    assert.equal(site.told, [])
  }),
)

streams(
  'an error in a part cuts the response, and its message stays with the server',
  serving(async (start) => {
    const { calls, app } = loads()
    const site = await start(app)
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await readChunk(client)
    const error = new Error('the database is secret')
    calls[0]?.rows.reject(error)
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told, [error])
  }),
)

streams.run()

const uploads = suite('examples: upload')

const chunksOf = (content: Uint8Array, size: number): Uint8Array => {
  const places = Array.from({ length: Math.ceil(content.length / size) }, (_, i) => i * size)
  const parts = cutAt(content, places).flatMap((part) => [
    utf8(`${part.length.toString(16)}\r\n`),
    part,
    utf8('\r\n'),
  ])
  return Buffer.concat([...parts, utf8('0\r\n\r\n')])
}

const lastLines = (content: Uint8Array): string => {
  const lines = content.filter((byte) => byte === 10).length
  const hash = createHash('sha256').update(content).digest('hex')
  return `${content.length} bytes, ${lines} lines\nsha256 ${hash}\n`
}

const contents = [
  { name: 'nothing', content: new Uint8Array() },
  { name: 'one byte', content: utf8('\n') },
  { name: 'three lines, the last without its end', content: utf8('one\ntwo\nthree') },
  { name: '300,000 bytes of any kind', content: new Uint8Array(randomBytes(300_000)) },
]

for (const { name, content } of contents) {
  uploads(
    `${name}, with its length, are counted and hashed`,
    serving(async (start) => {
      const client = await (await start(upload.app)).connect()
      client.send(request('PUT', '/upload', `content-length: ${content.length}`))
      client.send(content)
      const answer = await readContent(client, await readHead(client))
      assert.ok(answer.content.endsWith(lastLines(content)), answer.content)
    }),
  )

  uploads(
    `${name}, in chunks of 7 and of 5,000 bytes, are counted and hashed`,
    serving(async (start) => {
      const site = await start(upload.app)
      for (const size of [7, 5000]) {
        const client = await site.connect()
        client.send(request('POST', '/upload', 'transfer-encoding: chunked'))
        client.send(chunksOf(content, size))
        const answer = await readContent(client, await readHead(client))
        assert.ok(answer.content.endsWith(lastLines(content)), answer.content)
      }
    }),
  )
}

uploads(
  'each piece is answered before the next is sent',
  serving(async (start) => {
    const client = await (await start(upload.app)).connect()
    client.send(request('PUT', '/upload', 'content-length: 8'))
    client.send('1\n')
    const head = await readHead(client)
    assert.is(await readChunk(client), '2 bytes, 1 lines so far\n')
    client.send('2\n')
    assert.is(await readChunk(client), '4 bytes, 2 lines so far\n')
    client.send('3\n4\n')
    const { content } = await readContent(client, head)
    assert.is(content, `8 bytes, 4 lines so far\n${lastLines(utf8('1\n2\n3\n4\n'))}`)
  }),
)

uploads(
  'a client that reads nothing before it has sent 20 MiB gets its answer',
  serving(async (start) => {
    const client = await (await start(upload.app)).connect()
    client.pause()
    const content = new Uint8Array(20 * 1_048_576).fill(10)
    client.send(request('PUT', '/upload', `content-length: ${content.length}`))
    const sent = deferred()
    client.socket.write(content, () => sent.resolve())
    await sent.promise
    client.resume()
    const answer = await readContent(client, await readHead(client))
    assert.ok(answer.content.endsWith(lastLines(content)), answer.content)
  }),
)

uploads(
  'a client that leaves in the middle leaves nothing behind',
  serving(async (start) => {
    const site = await start(upload.app)
    const client = await site.connect()
    client.send(request('PUT', '/upload', 'content-length: 8'))
    client.send('1\n')
    await readHead(client)
    await readChunk(client)
    client.reset()
    await site.server.close()
    assert.equal(site.told, [])
  }),
)

uploads(
  'a GET is told what to send, and a DELETE that it is none of these',
  serving(async (start) => {
    const site = await start(upload.app)
    assert.match((await site.ask(get('/upload'))).content, 'curl -NT FILE')
    const refused = await site.ask(request('DELETE', '/upload'))
    assert.is(refused.status, 405)
    assert.is(refused.fields.get('allow'), 'GET, HEAD, PUT, POST')
  }),
)

uploads.run()

const rewrites = suite('examples: rewrite-html')

const table = { '<b>': '<strong>', '</b>': '</strong>', '<i>': '<em>', '<hr>': '' }
const rewritten = (html: string): string =>
  html
    .replaceAll('</b>', '</strong>')
    .replaceAll('<b>', '<strong>')
    .replaceAll('<i>', '<em>')
    .replaceAll('<hr>', '')

const page = '<p>a<b>bold</b> <<b> <hr/><hr> 1 < 2 <i> <b'

for (const law of filterLaws({
  filter: () => rewriteHtml.rewriteTags(table),
  given: utf8(page),
  wanted: utf8(rewritten(page)),
  holds: true,
}))
  rewrites(law.name, law.run)

rewrites('any page cut anywhere is rewritten as a whole one is', async () => {
  const html = fc
    .array(fc.constantFrom('<', 'b', '>', '/', 'i', 'hr', '<b>', '</b>', ' '), { maxLength: 40 })
    .map((parts) => parts.join(''))
  const property = fc.asyncProperty(html, fc.array(fc.nat(80)), async (given, places) => {
    const pieces = cutAt(utf8(given), places)
    assert.is(await readText(rewriteHtml.rewriteTags(table)(toBody(pieces))), rewritten(given))
  })
  await holds(property, 500)
})

rewrites('only what may be the beginning of a tag is held back', async () => {
  const source = handFed<Frame>()
  const seen = words(rewriteHtml.rewriteTags(table)(source.body))
  for (const piece of ['one <', 'b', 'r><', '/b', '> two <h', 'r']) {
    while (!source.waiting) await turn()
    source.give(data(utf8(piece)))
  }
  while (!source.waiting) await turn()
  source.end()
  const wanted = ['one ', '<br>', '</strong>', ' two ', '<hr', 'end']
  assert.equal(
    (await seen).map((word) => word.replace(/^data /, '')),
    wanted,
  )
})

rewrites('what is no tag is refused at the call', () => {
  for (const name of ['', 'b>', '<b><i>', ' <b>'])
    throwsAtOnce(() => rewriteHtml.rewriteTags({ [name]: '' }), TypeError)
})

rewrites(
  'the old page arrives rewritten, its beginning before its end',
  serving(async (start) => {
    const client = await (await start(rewriteHtml.app)).connect()
    client.send(get())
    const head = await readHead(client)
    assert.is(head.fields.get('content-length'), undefined)
    const first = (await readChunk(client)) ?? ''
    assert.is(first, '<!docty')
    const { content } = await readContent(client, head)
    assert.match(content, 'this was <strong>bold</strong>, and this <em>slanted</em>: 1 < 2')
    assert.match(content, /<footer>.*<\/footer>\n<\/body>\n$/)
    assert.not.match(content, '<b>')
  }),
)

rewrites.run()
