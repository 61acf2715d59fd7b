// @seconds 300
// @slow 13
// The showcase as its user starts it, called as its index says, by curl and by a browser.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants, gunzipSync } from 'node:zlib'
import { mapText } from '@sluice/filter'
import { empty, output, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chromium, domOf, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { AddressInfo } from 'node:net'
import type { RunningProgram } from '../support/repository/running-program.ts'

const streamedPage: typeof import('../../examples/streamed-page/app.ts') = await import(
  await compiledExample('streamed-page')
)

const shell = (line: string): RunningProgram => startProgram('sh', ['-c', line])

/** What a command line prints, run to its end. */
const printedBy = async (line: string): Promise<string> => {
  const { code, output } = await runProcess('sh', ['-c', line])
  assert.is(code, 0, `${line}: ${output}`)
  return output
}

const startShowcase = async (port: number, args: readonly string[]) => {
  const program = startProgram(process.execPath, args, { env: { PORT: String(port) } })
  const [, url = ''] = await program.printed(/^Open (http:\S+)\/ or call it with curl/m)
  return { program, url }
}

const unescapeHtml = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

const showcase = suite('examples: the showcase')
const curl = hasProgram('curl')
const withCurl = curl ? showcase : showcase.skip
const unlessSkipped = curl ? '' : ' (skipped: there is no curl here)'

const holder = createServer()
await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
const isAddress = (address: unknown): address is AddressInfo =>
  typeof address === 'object' && address !== null
const address = holder.address()
const taken = isAddress(address) ? address.port : 0
const { program, url } = await startShowcase(taken, ['build.mjs', 'start'])

const index = await (await fetch(url)).text()

/** The command lines that the index lists for an example. */
const linesFor = (path: string): readonly string[] => {
  const [, list = ''] = new RegExp(`^${path}: .*\n((?:.*${path}.*\n)+)`, 'm').exec(index) ?? []
  const lines = list.trimEnd().split('\n')
  return lines.map((line) => line.replace('curl ', 'curl -sS '))
}

showcase('it takes the next port that is free', () => {
  const port = Number(new URL(url).port)
  assert.ok(port > taken, `${port} is not after ${taken}`)
  assert.match(url, /^http:\/\/127\.0\.0\.1:/)
})

showcase('the index is text, and a page for browsers, with every example in it', async () => {
  const asText = await (await fetch(url)).text()
  const asPage = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
  const paths = [
    '/streamed-page',
    '/every-host',
    '/upload',
    '/api',
    '/form-upload',
    '/web-socket',
    '/out-of-order-page',
    '/hono-app',
    '/files',
    '/paused-page',
    '/push-page',
    '/events',
    '/rewrite-html',
    '/csv-import',
    '/database',
    '/xml-rpc-page',
    '/first-of',
    '/telnet-page',
    '/process-page',
    '/sqlite',
    '/cgi-programs',
    '/approval',
    '/chat',
    '/tokens',
  ]
  for (const path of paths) {
    assert.match(asText, new RegExp(`^${path}: a.*\n.*curl -N.*${url}${path}`, 'm'))
    assert.match(asPage, `<a href="${path}">`)
    assert.match(asPage, `<li><a href="#${path.slice(1)}">`)
    assert.match(program.output, new RegExp(`^${path} +a`, 'm'))
    assert.ok(linesFor(path).length > 0)
  }
  assert.match(asPage, /^<!doctype html>/)
})

/** What has arrived of the page, as text, with each chunk that came. */
const arrivals = async (coding: 'identity' | 'gzip'): Promise<readonly string[]> => {
  const client = await connectTo(Number(new URL(url).port))
  client.send(get('/', `accept: text/html\r\naccept-encoding: ${coding}`))
  const { fields, chunks } = await readResponse(client)
  client.destroy()
  assert.is(fields.get('content-encoding'), coding === 'gzip' ? 'gzip' : undefined)
  const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'))
  return bytes.map((_, at) => {
    const arrived = Buffer.concat(bytes.slice(0, at + 1))
    const content =
      coding === 'gzip' ? gunzipSync(arrived, { finishFlush: constants.Z_SYNC_FLUSH }) : arrived
    return content.toString()
  })
}

for (const coding of ['identity', 'gzip'] as const)
  showcase(
    `the head and the first cards of the page leave before the rest, ${coding}`,
    async () => {
      const begun =
        (await arrivals(coding)).find((text) => text.includes('id="streamed-page"')) ?? ''
      assert.match(begun, '<h1>Sluice</h1>')
      assert.match(begun, /<\/article>\n<\/section>\n$/)
      assert.not.match(begun, 'id="every-host"')
    },
  )

showcase('the page asks only this place, and so do its style sheets and scripts', async () => {
  const response = await fetch(url, { headers: { accept: 'text/html' } })
  assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'; /)
  const files = [...(await response.text()).matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)]
  assert.ok(files.length >= 4)
  for (const [, path = ''] of files) {
    const file = await fetch(url + path)
    assert.match(
      file.headers.get('content-type') ?? '',
      /^(text\/(css|javascript)|image\/svg\+xml)/,
    )
    assert.not.match(
      (await file.text()).replaceAll('http://www.w3.org/2000/svg', ''),
      /https?:\/\//,
    )
  }
})

showcase('the lines that a card shows are those of the file', async () => {
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
  const file = readFileSync('examples/streamed-page/app.ts', 'utf8')
  const [, code = ''] =
    /Lines of examples\/streamed-page\/app\.ts"><code>(.*?)<\/code>/s.exec(page) ?? []
  const lines = code.replaceAll('</span>', '\n').replaceAll(/<[^>]+>/g, '')
  assert.match(lines, /^async function\* page/)
  assert.ok(file.includes(unescapeHtml(lines.trimEnd())), lines)
})

showcase('it prints where to open it first and last, and one line for each example', () => {
  const lines = program.output.trimEnd().split('\n')
  assert.match(lines[0] ?? '', `Open ${url}/ `)
  assert.match(lines.at(-1) ?? '', new RegExp(`open ${url}/$`))
  assert.ok(lines.length < 30, program.output)
})

showcase('documents and source files are linked, and are text', async () => {
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
  const paths = new Set(
    [...page.matchAll(/href="\/source\/([^"]+)"/g)].map(([, path = '']) => path),
  )
  for (const path of ['README.md', 'examples/README.md', 'examples/form-upload/form-parts.ts'])
    assert.ok(paths.has(path), path)
  for (const path of paths) {
    const file = await fetch(`${url}/source/${path}`)
    assert.is(file.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.is(await file.text(), readFileSync(path, 'utf8'))
  }
})

showcase('a path out of the files that are listed finds nothing', async () => {
  for (const path of [
    'package.json',
    'examples/chat/package.json',
    'examples/chat/',
    'examples/chat/../../package.json',
    '../package.json',
    '/etc/passwd',
    'examples/chat/..%2F..%2Fpackage.json',
    'examples/chat/%2e%2e/%2e%2e/package.json',
  ]) {
    const client = await connectTo(Number(new URL(url).port))
    client.send(get(`/source/${path}`))
    assert.is((await readResponse(client)).status, 404, path)
    client.destroy()
  }
})

showcase('a target may be a whole URL, and Host empty (RFC 9112 3.2)', async () => {
  const client = await connectTo(Number(new URL(url).port))
  client.send(get('http://a/files/', 'connection: keep-alive'))
  assert.is((await readResponse(client)).status, 200)
  client.send('GET / HTTP/1.1\r\nhost:\r\n\r\n')
  assert.match((await readResponse(client)).content, /^curl -N http:\/\/localhost\//m)
  client.destroy()
})

// RFC 9110 15.5.6.
for (const method of ['DELETE', 'PATCH'])
  showcase(`every example answers ${method} with 405 and Allow`, async () => {
    const paths = index.match(/^\/[\w-]+(?=: an? )/gm) ?? []
    assert.ok(paths.length > 20)
    for (const path of paths) {
      const { status, headers } = await fetch(url + path, { method })
      assert.is(status, 405, path)
      assert.match(headers.get('allow') ?? '', /^GET(, |$)/, path)
    }
  })

showcase('the index and the static files are read only', async () => {
  for (const path of ['/', '/static/base.css', '/source/README.md']) {
    const response = await fetch(url + path, { method: 'POST' })
    assert.is(response.status, 405)
    assert.is(response.headers.get('allow'), 'GET, HEAD')
  }
})

showcase('what is not there is a 404', async () => {
  for (const path of ['/nothing', '/uploads', '/streamed-page.html', '/static/nothing.css'])
    assert.is((await fetch(url + path)).status, 404)
})

for (const { path, wanted } of [
  {
    path: '/streamed-page',
    wanted: /<h2>Rivers[\s\S]*<h2>Locks[\s\S]*<h2>Weirs[\s\S]*That is all/,
  },
  {
    path: '/every-host',
    wanted: /<h2>Rivers[\s\S]*<h2>Locks[\s\S]*<h2>Weirs[\s\S]*That is all/,
  },
  { path: '/rewrite-html', wanted: /<strong>bold<\/strong>/ },
  {
    path: '/sqlite',
    wanted: /^\{"day":1200,"celsius":-10\}\n[\s\S]*\{"day":98227,"celsius":29.9\}\n$/,
  },
])
  withCurl(`${path} answers its command line${unlessSkipped}`, async () => {
    for (const line of linesFor(path)) assert.match(await printedBy(line), wanted)
  })

withCurl(`/upload answers its command lines${unlessSkipped}`, async () => {
  const [file = '', piped = ''] = linesFor('/upload')
  const content = readFileSync('package-lock.json')
  const hash = createHash('sha256').update(content).digest('hex')
  const lines = content.filter((byte) => byte === 10).length
  const answer = await printedBy(file.replace('FILE', 'package-lock.json'))
  assert.ok(answer.endsWith(`${content.length} bytes, ${lines} lines\nsha256 ${hash}\n`), answer)
  assert.match(await printedBy(piped), /6888896 bytes, 1000000 lines\nsha256 90433fcb[0-9a-f]+\n$/)
})

withCurl(`/paused-page answers its command lines${unlessSkipped}`, async () => {
  const [open = '', resume = ''] = linesFor('/paused-page')
  const page = shell(open)
  const [, id = ''] = await page.printed(/\/paused-page\/([-0-9a-f]{36})\n/)
  assert.is(await printedBy(resume.replace('/ID ', `/${id} `)), 'It goes on.\n')
  assert.is(await page.exited(), 0)
  assert.match(page.output, /Somebody says: hello\n$/)
})

withCurl(`/push-page answers its command lines${unlessSkipped}`, async () => {
  const [open = '', post = ''] = linesFor('/push-page')
  const pages = [shell(open), shell(open)]
  for (const page of pages) await page.printed(/^Listening\.\n/)
  assert.is(await printedBy(post), 'Written to 2.\n')
  for (const page of pages) {
    await page.printed(/^Listening\.\nhello\n$/)
    page.signal('SIGTERM')
    await page.exited()
  }
})

withCurl(`/cgi-programs answers its command lines${unlessSkipped}`, async () => {
  const [page = '', rows = '', sums = ''] = linesFor('/cgi-programs')
  assert.match(await printedBy(page), /^GET {2}from 127.0.0.1\nline 1\nline 2\nline 3\n$/)
  if (!hasProgram('python3')) return console.log('(skipped: there is no python3 here)')
  assert.is(await printedBy(rows), 'row 1\nrow 2\nrow 3\n')
  assert.is(await printedBy(sums), '1\n3\n6\nThat is the sum.\n')
})

withCurl(`/approval answers its command lines${unlessSkipped}`, async () => {
  const [see = '', ask = '', decide = ''] = linesFor('/approval')
  const news = shell(see)
  await news.printed(/^retry: 500\n\n/)
  const order = shell(ask)
  const [, id] = await order.printed(/Order ([-0-9a-f]{36}) waits/)
  const line = decide.replace('/ID ', `/${id} `)
  assert.is(await printedBy(line), 'The order is approved.\n')
  assert.is(await order.exited(), 0)
  assert.match(order.output, /The order is approved\.\n$/)
  await news.printed(new RegExp(`"id":"${id}".*"state":"approved"`))
  news.signal('SIGTERM')
  await news.exited()
  assert.match(await printedBy(line), /found no order of this ID that waits/)
})

withCurl(`/chat answers its command lines${unlessSkipped}`, async () => {
  const [listen = '', say = ''] = linesFor('/chat')
  await printedBy(say)
  const reader = shell(listen)
  await reader.printed(/data: \{"from":"Ann","words":"hello"\}\n/)
  await printedBy(say.replace("'hello'", "'again'"))
  await reader.printed(/data: \{"from":"Ann","words":"again"\}\n/)
  reader.signal('SIGTERM')
  await reader.exited()
})

withCurl(`/tokens answers its command lines${unlessSkipped}`, async () => {
  const [ask = '', listen = '', stop = ''] = linesFor('/tokens')
  const [, id] = /^\/tokens\/([-0-9a-f]{36})\n$/.exec(await printedBy(ask)) ?? []
  const answer = shell(listen.replace('/ID/', `/${id}/`))
  await answer.printed(/"question":"What is a sluice\?"[\s\S]*"word":"asked:"/)
  assert.is(await printedBy(stop.replace('/ID/', `/${id}/`)), 'Stopped.\n')
  assert.is(await answer.exited(), 0)
  assert.match(answer.output, /event: end\n.*\ndata: \{"how":"stopped","reason":"by a reader"\}/)
})

withCurl(`/events answers its command line${unlessSkipped}`, async () => {
  const [line = ''] = linesFor('/events')
  const events = shell(line)
  await events.printed(/^retry: 1000\n\nevent: tick\ndata: \{\n[\s\S]*\n\nevent: tick\n/)
  events.signal('SIGTERM')
  await events.exited()
})

const isLinux = existsSync('/proc/self/status')
const withProc = curl && isLinux ? showcase : showcase.skip

withProc(
  `an upload of 1 GiB costs no memory${curl && isLinux ? '' : ' (skipped: it takes curl and /proc)'}`,
  async () => {
    const started = await startShowcase(0, ['--import', 'tsx', 'examples/showcase/app.ts'])
    const peakMiB = () => {
      const status = readFileSync(`/proc/${started.program.pid}/status`, 'utf8')
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    }
    const send = (bytes: number) =>
      printedBy(`head -c ${bytes} /dev/zero | curl -sSNT - ${started.url}/upload`)
    await send(64 * 1_048_576)
    const before = peakMiB()
    assert.match(await send(1_073_741_824), /sha256 49bc20df15e412a64472421e13fe86ff1c5165e18b/)
    assert.ok(peakMiB() - before < 64, `${before} MiB, and ${peakMiB()} MiB after it`)
    started.program.signal('SIGTERM')
    assert.is(await started.program.exited(), 0)
  },
)

withCurl(`Ctrl-C ends it, and a page that pauses with it${unlessSkipped}`, async () => {
  const page = shell(linesFor('/paused-page')[0] ?? '')
  await page.printed(/It goes on after/)
  program.signal('SIGINT')
  assert.is(await program.exited(), 0)
  assert.is.not(await page.exited(), 0, 'curl sees that the page is not whole')
  assert.match(await fetch(url).catch((error) => error.cause.code), 'ECONNREFUSED')
})

showcase.after(() => {
  holder.close()
  program.signal('SIGTERM')
})
showcase.run()

const early = suite('examples: the shell, before the rest is there')

const earlyWithCurl = curl ? early : early.skip

earlyWithCurl(
  `curl -N prints the shell while the first part is loaded${unlessSkipped}`,
  serving(async (start) => {
    const rows = deferred<readonly string[]>()
    const { server } = await start(streamedPage.streamedPage(() => rows.promise))
    const page = shell(`curl -sSN ${server.url}`)
    await page.printed(/<h1>Waterways<\/h1>\n$/)
    rows.resolve(['a row'])
    assert.is(await page.exited(), 0)
    assert.match(page.output, /<li>a row\n[\s\S]*That is all/)
  }),
)
early.run()

const browser = suite('examples: a browser')
const withChromium = chromium === undefined ? browser.skip : browser

withChromium(
  `it acts on the shell before the rest is there${unlessChromium}`,
  serving(async (start) => {
    const seen = deferred<readonly string[]>()
    // What the shell asks for is asked for while the first part is loaded, or that never comes.
    const page = stack(output(mapText((part) => part.replace('</h1>', '</h1><img src="/seen">'))))(
      streamedPage.streamedPage(() => seen.promise),
    )
    const { server } = await start((request) => {
      if (request.target === '/') return page(request)
      if (request.target === '/seen') seen.resolve(['a row'])
      return empty()
    })
    const printed = await domOf(server.url)
    assert.match(printed, /<h2>Rivers<\/h2><ul>\n<li>a row\n[\s\S]*That is all/)
  }),
)
browser.run()
