// @slow 8
// @waits
// The example of commands: scripts that wait for the test, and those that come with it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flag, gone, isAlive, waiting } from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { PageOptions } from '../../examples/process-page/app.ts'
import type { Site, Start } from '../support/server/serving.ts'

const { about, app, processPage }: typeof import('../../examples/process-page/app.ts') =
  await import(await compiledExample('process-page'))

const { folder, discard } = scratchFolder(tmpdir(), 'process-page-')

/** Serves a script in shell, whose `$1` is an argument. */
const script = (start: Start, text: string, argument = '', options: PageOptions = {}) =>
  start(
    processPage(
      new Map([['it', { file: '/bin/sh', args: ['-c', text, 'sh', argument] }]]),
      options,
    ),
  )

const openPage = async (site: Site, ...fields: readonly string[]) => {
  const client = await site.connect()
  client.send(get('/process-page/it', ...fields))
  const head = await readHead(client)
  return { client, rest: async () => (await readContent(client, head)).content }
}

/** What it prints, run to its end. */
const printed = async (site: Site, ...fields: readonly string[]): Promise<string> =>
  (await site.ask(get('/process-page/it', ...fields))).content

const output = suite('examples: process-page')

output(
  'each line arrives before the next is printed, stderr marked, and then the exit code',
  serving(async (start) => {
    const [one, two] = [flag(), flag()]
    const text = `${waiting} echo one; wait_for "$1"; echo two >&2; wait_for ${two.path}; exit 3`
    const { client, rest } = await openPage(await script(start, text, one.path))
    assert.is(await readChunk(client), 'one\n')
    one.raise()
    assert.is(await readChunk(client), '! two\n')
    two.raise()
    assert.is(await rest(), '[exit code 3]\n')
    one.discard()
    two.discard()
  }),
)

for (const { name, text, wanted } of [
  { name: 'nothing', text: ':', wanted: '[exit code 0]\n' },
  { name: 'a line without its end', text: 'printf a', wanted: 'a\n[exit code 0]\n' },
  {
    name: 'empty lines on stderr',
    text: 'printf "a\\n\\nb\\n" >&2',
    wanted: '! a\n\n! b\n[exit code 0]\n',
  },
  {
    name: 'control characters',
    text: 'printf "a\\tb\\033[2J\\r\\n"',
    wanted: 'a\tb[2J\n[exit code 0]\n',
  },
  { name: 'bytes that are no text', text: 'printf "\\377\\n"', wanted: '\ufffd\n[exit code 0]\n' },
  { name: 'a signal to itself', text: 'kill -9 $$', wanted: '[ended by SIGKILL]\n' },
])
  output(
    `${name}: it says ${JSON.stringify(wanted)}`,
    serving(async (start) => {
      const content = await printed(await script(start, text))
      assert.is(Buffer.from(content, 'latin1').toString(), wanted)
    }),
  )

output(
  'what was printed just before the end arrives whole',
  serving(async (start) => {
    const site = await script(start, 'seq 1 100000')
    const lines = (await printed(site)).split('\n')
    assert.is(lines.length, 100_002)
    assert.ok(lines.slice(0, 100_000).every((line, at) => line === String(at + 1)))
  }),
)

output(
  'a page is escaped',
  serving(async (start) => {
    const site = await script(start, 'echo "<b> &"; sleep 0.1; echo "<i>" >&2')
    const content = await printed(site, 'accept: text/html')
    assert.match(content, /<pre>&lt;b&gt; &amp;\n<em>! &lt;i&gt;\n<\/em><\/pre>/)
    assert.match(content, /<b>exit code 0<\/b><\/p><\/main><\/html>\n$/)
  }),
)

output(
  'a program that cannot be started is told',
  serving(async (start) => {
    const list = new Map([['it', { file: '/no/such/program', args: [] }]])
    assert.is(await printed(await start(processPage(list))), '[not started: ENOENT]\n')
  }),
)

output(
  'it gets PATH and nothing else of our environment',
  serving(async (start) => {
    const list = new Map([['it', { file: '/usr/bin/env', args: [] }]])
    const content = await printed(await start(processPage(list)))
    assert.is(content, `PATH=${process.env.PATH}\n[exit code 0]\n`)
  }),
)

output(
  'what is not in the list is a 404, and the list is shown',
  serving(async (start) => {
    const site = await script(start, ':')
    for (const name of ['no', 'it;ls', 'it%20-l', '__proto__', 'constructor'])
      assert.is((await site.ask(get(`/process-page/${name}`))).status, 404)
    for (const target of ['/process-page', '/process-page/', '/process-page?it'])
      assert.is((await site.ask(get(target))).content, '/process-page/it\n')
    assert.is((await site.ask(get('/process-page/it/it'))).status, 404)
    assert.is((await site.ask(get('/process-page/it?it'))).status, 200)
  }),
)

output.run()

const leaving = suite('examples: process-page, leaving')

/** Prints its own number and that of what it has started. */
const quiet = 'sleep 600 & echo "$$ $!"; wait'
const stubborn = `trap '' TERM; ${quiet}; wait; while :; do sleep 0.1; done`

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  for (const [name, text] of [
    ['a command', quiet],
    ['a command that ignores SIGTERM', stubborn],
  ] as const)
    leaving(
      `when the client leaves by ${how}, ${name} ends, and what it has started`,
      serving(async (start) => {
        const site = await script(start, text, '', { killAfterMs: 50 })
        const { client } = await openPage(site)
        const pids =
          (await client.takeTo('\n\r\n'))
            .match(/\d+ \d+/)?.[0]
            .split(' ')
            .map(Number) ?? []
        assert.is(pids.length, 2)
        assert.ok(pids.every(isAlive))
        client[how]()
        await gone(...pids)
        assert.equal(site.told, [])
      }),
    )

leaving(
  'the output of a command that ended because the client has left does not end in order',
  serving(async (start) => {
    const site = await script(start, 'echo on; exec sleep 600')
    const { client } = await openPage(site)
    await client.takeTo('on\n\r\n')
    client.halfClose()
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told, [])
  }),
)

leaving(
  'what a command leaves behind in its group ends with it',
  serving(async (start) => {
    const site = await script(start, 'sleep 600 & echo $!')
    const content = await printed(site)
    assert.match(content, /^\d+\n\[exit code 0\]\n$/)
    await gone(Number.parseInt(content, 10))
  }),
)

const setsid = hasProgram('setsid')
const withSetsid = setsid ? leaving : leaving.skip

withSetsid(
  `what has left the group and holds stdout does not hold the page${setsid ? '' : ' (skipped: there is no setsid here)'}`,
  serving(async (start) => {
    const left = join(folder, 'left')
    const text = `setsid sh -c 'echo $$; : >"$1"; exec sleep 600' sh "$1" &
      until [ -e "$1" ]; do sleep 0.01; done`
    const site = await script(start, text, left, { timeoutMs: 1500, killAfterMs: 50 })
    const content = await printed(site)
    assert.match(content, /^\d+\n\[exit code 0: it took more than 1500 ms\]\n$/)
    process.kill(Number.parseInt(content, 10), 'SIGKILL')
  }),
)

for (const method of ['HEAD', 'OPTIONS', 'DELETE', 'POST'])
  leaving(
    `${method} starts no command`,
    serving(async (start) => {
      const started = join(folder, `started by ${method}`)
      const site = await script(start, ': >"$1"', started)
      const { status } = await site.ask(request(method, '/process-page/it', 'connection: close'))
      assert.is(status, method === 'HEAD' ? 200 : 405)
      await gone()
      await printed(await script(start, ':'))
      assert.not(existsSync(started))
    }),
  )

leaving(
  'a client that asks for the head alone leaves no command',
  serving(async (start) => {
    const site = await script(start, 'sleep 600', '', { maxCommands: 1 })
    for (let times = 0; times < 3; times++) {
      assert.is((await site.ask(request('HEAD', '/process-page/it'))).status, 200)
      await gone()
      await turn(5)
    }
  }),
)

leaving.run()

const limits = suite('examples: process-page, limits')

limits(
  'a client that does not read stops the command',
  serving(async (start) => {
    const count = join(folder, 'count')
    writeFileSync(count, '')
    const line = '.'.repeat(10_000)
    const text = `i=0; while [ $i -lt 2000 ]; do echo ${line}; i=$((i+1)); echo $i >"$1"; done`
    const site = await script(start, text, count, { maxOutput: 100_000_000 })
    const { client } = await openPage(site)
    client.pause()
    const printedLines = () => Number(readFileSync(count, 'utf8') || '0')
    const stalled = await site.standstill(printedLines)
    assert.ok(stalled < 2000, `${stalled} lines were printed for a client that does not read`)
    client.resume()
    await client.received(2000 * line.length)
    await client.takeTo('[exit code 0]\n')
    assert.is(printedLines(), 2000)
  }),
)

limits(
  'output of maxOutput characters on both streams is shown, one more ends the command',
  serving(async (start) => {
    const text = 'printf "12345\\n"; printf "789\\n" >&2; printf "$1"; sleep 600'
    const fits = await script(start, text.replace('; sleep 600', ''), '', { maxOutput: 10 })
    assert.match(await printed(fits), /\[exit code 0\]\n$/)
    const exceeds = await script(start, text, '\\n', { maxOutput: 10 })
    assert.match(
      await printed(exceeds),
      /\[ended by SIGTERM: it printed more than 10 characters\]\n$/,
    )
  }),
)

limits(
  'a line that never ends is cut, and bounded',
  serving(async (start) => {
    const site = await script(start, `tr '\\0' x </dev/zero`, '', { maxOutput: 200_000 })
    const content = await printed(site)
    assert.match(
      content,
      /^(x+\n)+\[ended by SIG(TERM|PIPE): it printed more than 200000 characters\]\n$/,
    )
    assert.ok(content.length < 200_100)
  }),
)

limits(
  'a command that takes too long is ended, also if it ignores SIGTERM',
  serving(async (start) => {
    const ends = await script(start, 'sleep 600', '', { timeoutMs: 1 })
    assert.is(await printed(ends), '[ended by SIGTERM: it took more than 1 ms]\n')
    // It has to come to its trap before.
    const options = { timeoutMs: 1500, killAfterMs: 50 }
    const stays = await script(start, `trap '' TERM; sleep 600`, '', options)
    assert.is(await printed(stays), '[ended by SIGKILL: it took more than 1500 ms]\n')
  }),
)

limits(
  'of three commands two are started, and the third when one has ended',
  serving(async (start) => {
    const site = await script(start, 'echo on; sleep 600', '', { maxCommands: 2 })
    const [one, two] = [await openPage(site), await openPage(site)]
    for (const { client } of [one, two]) await client.takeTo('on\n')
    const refused = await site.ask(get('/process-page/it'))
    assert.is(refused.status, 503)
    assert.match(refused.content, /2 are running/)
    assert.is(refused.fields.get('retry-after'), '10')
    one.client.reset()
    two.client.reset()
    await gone()
    await (await openPage(site)).client.takeTo('on\n')
    assert.equal(site.told.map(codeOf), ['UNAVAILABLE'])
  }),
)

limits.after(discard)
limits.run()

const own = suite('examples: process-page, its own commands')

own('a server that is told to end leaves no command', async () => {
  const program = startProgram(
    process.execPath,
    ['--conditions=@sluice/source', '--import', 'tsx', 'examples/process-page/app.ts'],
    { env: { PORT: '0' } },
  )
  const [, url = ''] = await program.printed(/(http:\S+)\/count\n/)
  const response = await fetch(`${url}/stubborn`)
  const first = await response.body?.getReader().read()
  const [pid = 0] = (new TextDecoder().decode(first?.value).match(/\d+/) ?? []).map(Number)
  assert.ok(isAlive(pid))
  program.signal('SIGTERM')
  program.signal('SIGTERM')
  await program.exited()
  await gone(pid)
})

const curl = hasProgram('curl')
const withCurl = curl ? own : own.skip

withCurl(
  `its command lines show a command to its end, and one until they are left${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const site = await start(app)
    const lines = about
      .curl(site.server.url + about.path)
      .map((line) => startProgram('sh', ['-c', line.replace('curl ', 'curl -sS ')]))
    const [count, stays, flood] = lines
    await count?.printed(/line 5\n(! warning 5\n)?\[exit code 3\]|warning 5\n\[exit code 3\]\n$/)
    await stays?.printed(/^I stay: \d+\n/)
    await flood?.printed(/^line 1 of very many\n/)
    for (const each of [stays, flood]) each?.signal('SIGTERM')
    for (const each of lines) await each.exited()
    await gone()
  }),
)

own.run()

const browsed = suite('examples: process-page in a browser')
const withChromium = chromium === undefined ? browsed.skip : browsed

withChromium(
  `a browser chooses a command and shows it${unlessChromium}`,
  serving(async (start) => {
    const site = await start(app)
    await browsing(async (open) => {
      const page = await open(`${site.server.url}/process-page`)
      assert.equal(await faultsOf(page), [])
      await page.click('text=count')
      await seen(page, '[role=log] em', /^! warning 1\n$/)
      await seen(page, 'p', /^exit code 3$/)
      assert.equal(await faultsOf(page), [])
    })
  }),
)

// Started here, it is not taken for what a test has left.
browsed.before(() => (chromium === undefined ? undefined : browsing(async () => {})))
browsed.after(closeBrowser)
browsed.run()
