// @slow 9
// The example of static files: what `send` decides, and what becomes of a file when its client is slow or leaves.
import fs, { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import type { ReadStream } from 'node:fs'

const files: typeof import('../../examples/files/app.ts') = await import(
  await compiledExample('files')
)

/** The files that are opened, in their order. `send` asks the module for the function each time. */
const opened: ReadStream[] = []
const { createReadStream } = fs
Object.assign(fs, {
  createReadStream: (...given: Parameters<typeof createReadStream>) => {
    const stream = createReadStream(...given)
    opened.push(stream)
    return stream
  },
})

const { folder } = scratchFolder(tmpdir(), 'files-')
const root = join(folder, 'root')
const bigBytes = 64 * 1_048_576
const content = '0123456789'.repeat(200)
const modified = new Date('2020-02-02T02:02:02Z')
const date = modified.toUTCString()
const earlier = 'Sat, 01 Feb 2020 00:00:00 GMT'
const later = 'Mon, 03 Feb 2020 00:00:00 GMT'
const tag = `W/"${content.length.toString(16)}-${modified.getTime().toString(16)}"`

const write = (name: string, text: string): void => writeFileSync(join(root, name), text)

for (const name of ['', 'notes', '.hidden', 'bare']) mkdirSync(join(root, name))
write('text.txt', content)
utimesSync(join(root, 'text.txt'), modified, modified)
write('index.html', '<p>the index')
write('notes/index.html', '<p>notes')
write('a b.svg', '<svg/>')
write('no-type', 'no type')
write('empty.css', '')
write('.env', 'secret')
write('.hidden/text.txt', 'secret')
write('big.bin', '')
truncateSync(join(root, 'big.bin'), bigBytes)
writeFileSync(join(folder, 'outside.txt'), 'secret')
symlinkSync('text.txt', join(root, 'inside-link'))
symlinkSync('../outside.txt', join(root, 'outside-link'))
symlinkSync('..', join(root, 'folder-link'))
symlinkSync('loop', join(root, 'loop'))

const app = files.files(root)

const paths = suite('examples: files, the paths')

for (const { target, status, holds = '', location } of [
  { target: '/files/', status: 200, holds: '<p>the index' },
  { target: '/files/notes/', status: 200, holds: '<p>notes' },
  { target: '/files', status: 301, location: '/files/' },
  { target: '/files/notes?a=b', status: 301, location: '/files/notes/?a=b' },
  { target: '/files//notes', status: 301, location: '/files//notes/' },
  { target: '/files/text.txt?a=b', status: 200, holds: '0123' },
  { target: '/files//text.txt', status: 200, holds: '0123' },
  { target: 'http://a.example/files/text.txt', status: 200, holds: '0123' },
  { target: '/files/a%20b.svg', status: 200, holds: '<svg/>' },
  { target: '/files/inside-link', status: 200, holds: '0123' },
  { target: '/files/empty.css', status: 200 },
  { target: '/files/nothing.txt', status: 404 },
  { target: '/files/text.txt/', status: 404 },
  { target: '/files/bare/', status: 404 },
  { target: '/filesystem', status: 404 },
  { target: '/', status: 404 },
  { target: '/files/.env', status: 404 },
  { target: '/files/%2eenv', status: 404 },
  { target: '/files/.hidden/text.txt', status: 404 },
  { target: '/files/outside-link', status: 404 },
  { target: '/files/folder-link/outside.txt', status: 404 },
  { target: '/files/../outside.txt', status: 404 },
  { target: '/files/%2e%2e/outside.txt', status: 404 },
  { target: '/files/%2e%2e%2foutside.txt', status: 403 },
  { target: '/files/..%5coutside.txt', status: 403 },
  { target: '/files/notes/..%2f..%2foutside.txt', status: 403 },
  { target: `/files/${encodeURIComponent(join(folder, 'outside.txt'))}`, status: 404 },
  { target: '/files/%ff', status: 400 },
  { target: '/files/text.txt%00.html', status: 400 },
  { target: `/files/${'a'.repeat(300)}`, status: 404 },
])
  paths(
    `${target.slice(0, 80)} is answered with ${status}`,
    serving(async (start) => {
      const answer = await (await start(app)).ask(get(target))
      assert.is(answer.status, status)
      assert.is(answer.content.startsWith(holds), true, answer.content)
      assert.is(answer.fields.get('location'), location)
      assert.not.match(answer.content, 'secret')
    }),
  )

for (const { name, type } of [
  { name: 'index.html', type: 'text/html; charset=utf-8' },
  { name: 'text.txt', type: 'text/plain; charset=utf-8' },
  { name: 'empty.css', type: 'text/css; charset=utf-8' },
  { name: 'a%20b.svg', type: 'image/svg+xml' },
  { name: 'no-type', type: undefined },
])
  paths(
    `${name} has the type ${type}`,
    serving(async (start) => {
      const { fields } = await (await start(app)).ask(get(`/files/${name}`))
      assert.is(fields.get('content-type'), type)
      assert.is(fields.get('x-content-type-options'), 'nosniff')
    }),
  )

paths(
  'another method is refused, with those that it may use',
  serving(async (start) => {
    const answer = await (await start(app)).ask(request('DELETE', '/files/text.txt'))
    assert.is(answer.status, 405)
    assert.is(answer.fields.get('allow'), 'GET, HEAD')
  }),
)

paths(
  'a link that leads to itself is a fault of the server: a 500, and an error for onError',
  serving(async (start) => {
    const site = await start(app)
    const answer = await site.ask(get('/files/loop'))
    assert.is(answer.status, 500)
    assert.is(answer.content, '')
    assert.is(site.told.length, 1)
  }),
)

paths.run()

const conditions = suite('examples: files, conditions and ranges')

const whole = { status: 200, wanted: content }
const none = { wanted: '' }

interface Row {
  readonly lines: readonly string[]
  readonly status: number
  /** `undefined` if it is an explanation. */
  readonly wanted?: string
  readonly range?: string
  readonly method?: string
}

const rows: readonly Row[] = [
  { lines: [], ...whole },
  { lines: [`if-none-match: ${tag}`], status: 304, ...none },
  { lines: [`if-none-match: "a", ${tag.slice(2)}`], status: 304, ...none },
  { lines: ['if-none-match: "a"', `if-none-match: ${tag}`], status: 304, ...none },
  { lines: ['if-none-match: *'], status: 304, ...none },
  { lines: ['if-none-match: "a"'], ...whole },
  { lines: ['if-none-match: "a"', `if-modified-since: ${date}`], ...whole },
  { lines: [`if-none-match: ${tag}`, 'cache-control: no-cache'], ...whole },
  { lines: [`if-modified-since: ${date}`], status: 304, ...none },
  { lines: [`if-modified-since: ${later}`], status: 304, ...none },
  { lines: [`if-modified-since: ${earlier}`], ...whole },
  { lines: ['if-modified-since: yesterday'], ...whole },
  { lines: ['if-match: *'], ...whole },
  { lines: [`if-match: ${tag}`], ...whole },
  { lines: ['if-match: "a"'], status: 412 },
  { lines: [`if-unmodified-since: ${date}`], ...whole },
  { lines: [`if-unmodified-since: ${earlier}`], status: 412 },
  { lines: ['range: bytes=0-0'], status: 206, wanted: '0', range: 'bytes 0-0/2000' },
  { lines: ['range: bytes=5-14'], status: 206, wanted: '5678901234', range: 'bytes 5-14/2000' },
  { lines: ['range: bytes=1999-'], status: 206, wanted: '9', range: 'bytes 1999-1999/2000' },
  { lines: ['range: bytes=-3'], status: 206, wanted: '789', range: 'bytes 1997-1999/2000' },
  { lines: ['range: bytes=1998-9999'], status: 206, wanted: '89', range: 'bytes 1998-1999/2000' },
  { lines: ['range: bytes=2000-'], status: 416, range: 'bytes */2000' },
  { lines: ['range: bytes=-0'], status: 416, range: 'bytes */2000' },
  { lines: ['range: lines=1-2'], ...whole },
  { lines: ['range: bytes=0-1,5-6'], ...whole },
  {
    lines: ['range: bytes=0-1', `if-range: ${date}`],
    status: 206,
    wanted: '01',
    range: 'bytes 0-1/2000',
  },
  { lines: ['range: bytes=0-1', `if-range: ${earlier}`], ...whole },
  { lines: ['range: bytes=0-1', `if-range: ${tag}`], ...whole },
  { lines: ['range: bytes=0-1', 'if-range: "a"'], ...whole },
  { lines: ['range: bytes=0-1', `if-none-match: ${tag}`], status: 304, ...none },
  { lines: ['range: bytes=0-1', 'if-match: "a"'], status: 412 },
  { lines: [], status: 200, ...none, method: 'HEAD' },
  { lines: ['range: bytes=0-1'], status: 200, ...none, method: 'HEAD' },
  { lines: [`if-none-match: ${tag}`], status: 304, ...none, method: 'HEAD' },
]

for (const { lines, status, wanted, range, method = 'GET' } of rows)
  conditions(
    `${method} with ${lines.join(', ') || 'no condition'} is answered with ${status}`,
    serving(async (start) => {
      const answer = await (await start(app)).ask(request(method, '/files/text.txt', ...lines))
      assert.is(answer.status, status)
      assert.is(answer.fields.get('content-range'), range)
      if (wanted !== undefined) assert.is(answer.content, wanted)
      if (status >= 400) return
      assert.is(answer.fields.get('etag'), tag)
      assert.is(answer.fields.get('last-modified'), date)
      assert.is(answer.fields.get('accept-ranges'), 'bytes')
      const length = method === 'HEAD' ? content.length : (wanted ?? '').length
      if (status === 304) assert.is(answer.fields.has('content-type'), false)
      else assert.is(answer.fields.get('content-length'), String(length))
    }),
  )

for (const { lines, status, coding, wanted, method = 'GET' } of [
  { lines: [], status: 200, coding: 'gzip', wanted: content },
  { lines: [], status: 200, coding: 'gzip', wanted: '', method: 'HEAD' },
  { lines: ['range: bytes=0-1499'], status: 206, wanted: content.slice(0, 1500) },
  {
    lines: ['range: bytes=0-1499', `if-range: ${tag}`],
    status: 200,
    coding: 'gzip',
    wanted: content,
  },
  { lines: [`if-none-match: ${tag}`], status: 304, wanted: '' },
])
  conditions(
    `${method} with ${['gzip', ...lines].join(', ')}: ${coding ?? 'no coding'}, and ranges only of the file`,
    serving(async (start) => {
      const site = await start(app)
      const answer = await site.ask(
        request(method, '/files/text.txt', 'accept-encoding: gzip', ...lines),
      )
      assert.is(answer.status, status)
      assert.is(answer.fields.get('content-encoding'), coding)
      assert.is(answer.fields.get('vary'), 'accept-encoding')
      assert.is(answer.fields.get('etag'), tag)
      const isPart = status === 206
      assert.is(answer.fields.get('accept-ranges'), isPart ? 'bytes' : undefined)
      assert.is(answer.fields.get('content-length'), isPart ? '1500' : undefined)
      const bytes = Buffer.from(answer.content, 'latin1')
      const isCoded = coding === 'gzip' && wanted !== ''
      assert.is((isCoded ? gunzipSync(bytes) : bytes).toString(), wanted)
    }),
  )

conditions.run()

const leaving = suite('examples: files, slow clients and those that leave')

leaving(
  'a slow client gets a large file, which is not read ahead',
  serving(async (start) => {
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/files/big.bin'))
    const { head } = await readHead(client)
    client.pause()
    const stream = opened.at(-1)
    const readBytes = await site.standstill(() => stream?.bytesRead ?? 0)
    // What the kernel takes for a connection, and a few blocks.
    assert.ok(readBytes > 0 && readBytes < bigBytes / 4, `${readBytes} bytes are read`)
    client.resume()
    await client.received(head.length + 4 + bigBytes)
    await site.until(() => stream?.closed === true, 'the file to be closed')
  }),
)

for (const { name, target } of [
  { name: 'a file', target: get('/files/big.bin') },
  { name: 'a range', target: get('/files/big.bin', 'range: bytes=1000-') },
])
  leaving(
    `${name} is closed when its client leaves in the middle`,
    serving(async (start) => {
      const site = await start(app)
      const client = await site.connect()
      client.send(target)
      await readHead(client)
      client.pause()
      const stream = opened.at(-1)
      await site.standstill(() => stream?.bytesRead ?? 0)
      assert.is(stream?.closed, false)
      client.destroy()
      await site.until(() => stream?.closed === true, 'the file to be closed')
      assert.equal(site.told, [])
    }),
  )

leaving(
  'a file that becomes shorter while it is sent cuts the response',
  serving(async (start) => {
    write('shrinking.bin', '')
    truncateSync(join(root, 'shrinking.bin'), bigBytes)
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/files/shrinking.bin'))
    await readHead(client)
    client.pause()
    await site.standstill(() => opened.at(-1)?.bytesRead ?? 0)
    truncateSync(join(root, 'shrinking.bin'), 1000)
    client.resume()
    const received = await client.takeRest()
    assert.ok(received.length < bigBytes)
    assert.equal(site.told.map(codeOf), ['LENGTH_MISMATCH'])
    await site.until(() => opened.at(-1)?.closed === true, 'the file to be closed')
  }),
)

leaving('every file that was opened is closed', () => {
  assert.ok(opened.length > 30)
  assert.is(opened.filter(({ closed }) => !closed).length, 0)
})

leaving.run()

const showing = suite('examples: files, its page and its command lines')
const site = files.files('examples/files/public')
const withCurl = hasProgram('curl') ? showing : showing.skip
const unlessCurl = hasProgram('curl') ? '' : ' (skipped: there is no curl here)'

withCurl(
  `each of its command lines shows what it says${unlessCurl}`,
  serving(async (start) => {
    const { server } = await start(site)
    const wanted = [
      /^<!doctype html>/,
      /^HTTP\/1.1 206 [\s\S]*content-range: bytes 1312-1343\/131072[\s\S]*\r\n\r\n {2}42 squared is {5}1764, {2}even\n$/,
      /^HTTP\/1.1 200 [\s\S]*accept-ranges: bytes[\s\S]*content-length: 131072\r\n/,
      /^HTTP\/1.1 304 [\s\S]*etag: W\/"[\s\S]*\r\n\r\n$/,
      /^ {3}1 squared is .*\n[\s\S]*\n4096 squared is .*\n$/,
    ]
    for (const [index, line] of files.about.curl(`${server.url}/files`).entries()) {
      const { code, output } = await runProcess('sh', ['-c', line.replace('curl ', 'curl -sS ')])
      assert.is(code, 0, line)
      assert.match(output, wanted[index] ?? /$./)
    }
  }),
)

const withChromium = chromium === undefined ? showing.skip : showing

withChromium(`its page takes lines out of the middle of a file${unlessChromium}`, () =>
  browsing(async (open) => {
    const run = serving(async (start) => {
      const { server } = await start(site)
      const page = await open(`${server.url}/files`)
      await page.click('text=Take five lines')
      await seen(
        page,
        'output',
        /^206 bytes 1312-1471\/131072\s+42 squared is[\s\S]+ 46 squared is.*\s+$/,
      )
      assert.equal(await faultsOf(page), [])
      await page.click('text=the notes')
      await seen(page, 'h1', /^Notes$/)
      assert.equal(await faultsOf(page), [])
      await page.close()
    })
    await run()
  }),
)

showing.after(closeBrowser)
showing.run()
