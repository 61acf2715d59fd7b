// @slow 7
// @waits
// CGI programs behind a server: what a client sees of them.
import { existsSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cgi } from '@sluice/blocking/cgi'
import { readText } from '@sluice/body'
import { request as made, traits } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flag, head, node, sh, waiting } from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'

const programs = suite('cgi: programs')

programs(
  'a program in shell answers with its head and its body',
  serving(async (start) => {
    const program = 'printf "Status: 201 Made\\nContent-Type: text/plain\\nX-Tea: Assam\\n\\n"; cat'
    const site = await start(cgi(sh(program)))
    const response = await site.ask(post('/', 'hello'))
    assert.is(response.status, 201)
    assert.is(response.fields.get('x-tea'), 'Assam')
    assert.is(response.fields.has('status'), false)
    assert.is(response.content, 'hello')
    assert.is((await site.ask(get('/'))).content, '')
    assert.equal(site.told, [])
  }),
)

programs(
  'what is printed arrives before the program goes on',
  serving(async (start) => {
    const next = flag()
    const site = await start(
      cgi(sh(`${waiting} ${head}; printf one; wait_for "$1"; printf two`, next.path)),
    )
    const client = await site.connect()
    client.send(get())
    const begun = await readHead(client)
    assert.is(await readChunk(client), 'one')
    next.raise()
    assert.is((await readContent(client, begun)).content, 'two')
    next.discard()
  }),
)

programs(
  'the head arrives before the program prints anything else',
  serving(async (start) => {
    const next = flag()
    const site = await start(cgi(sh(`${waiting} ${head}; wait_for "$1"; printf all`, next.path)))
    const client = await site.connect()
    client.send(get())
    const begun = await readHead(client)
    next.raise()
    assert.is((await readContent(client, begun)).content, 'all')
    next.discard()
  }),
)

programs(
  'each piece of content of a known length is answered before the next is sent',
  serving(async (start) => {
    const program = `${head}; while read -r line; do echo "$CONTENT_LENGTH $line"; done`
    const client = await (await start(cgi(sh(program)))).connect()
    client.send(request('POST', '/', 'content-length: 6'))
    client.send('a\n')
    const begun = await readHead(client)
    assert.is(await readChunk(client), '6 a\n')
    client.send('b\n')
    assert.is(await readChunk(client), '6 b\n')
    client.send('c\n')
    assert.is((await readContent(client, begun)).content, '6 c\n')
  }),
)

programs(
  'a program that reads no content answers, and the connection can be used again',
  serving(async (start) => {
    const site = await start(cgi(sh(`exec 0<&-; ${head}; printf 'no, thanks'`)))
    const client = await site.connect()
    for (let i = 0; i < 2; i++) {
      client.send(post('/', 'x'.repeat(100_000)))
      assert.is((await readContent(client, await readHead(client))).content, 'no, thanks')
    }
    assert.equal(site.told, [])
  }),
)

programs(
  'a HEAD gets the head that the program prints, and no content',
  serving(async (start) => {
    const length = 'printf "Content-Type: text/plain\\nContent-Length: 5\\n\\n"'
    const site = await start(cgi(sh(`${length}; [ $REQUEST_METHOD = HEAD ] || printf hello`)))
    assert.is((await site.ask(request('HEAD', '/'))).fields.get('content-length'), '5')
    assert.is((await site.ask(get())).content, 'hello')
    const careless = await start(cgi(sh(`${length}; printf hello`)))
    assert.is((await careless.ask(request('HEAD', '/'))).status, 200)
    assert.equal([...site.told, ...careless.told], [])
  }),
)

for (const status of [204, 304])
  programs(
    `a ${status} has no content, and the program ends by itself`,
    serving(async (start) => {
      const ended = flag()
      const program = `printf "Status: ${status}\\nX-Tea: Assam\\n\\n"; sleep 0.05; touch "$1"`
      const site = await start(cgi(['/bin/sh', '-c', program, 'sh', ended.path]))
      const response = await site.ask(get())
      assert.equal([response.status, response.fields.get('x-tea')], [status, 'Assam'])
      assert.ok(existsSync(ended.path))
      ended.discard()
    }),
  )

programs(
  'a Location without a Status is a 302, also one that is a path',
  serving(async (start) => {
    for (const place of ['https://a.example/x', '/x?y']) {
      const site = await start(cgi(sh(`printf 'Location: ${place}\\n\\n'`)))
      const response = await site.ask(get())
      assert.equal([response.status, response.fields.get('location')], [302, place])
    }
    const site = await start(cgi(sh(`printf 'Status: 303\\nLocation: /x\\n\\n'`)))
    assert.is((await site.ask(get())).status, 303)
  }),
)

programs(
  'stderr goes to onStderr line by line, and not to the client',
  serving(async (start) => {
    const lines: string[] = []
    const script = `process.stderr.write('one\\r\\n\\ntwo ' + 'é'.repeat(9000) + '\\nlast')
      console.log('Content-Type: text/plain\\n\\nhello')`
    const onStderr = (line: string, { target }: { target: string }) =>
      lines.push(`${target} ${line.length} ${line.slice(0, 3)}`)
    const site = await start(cgi(node(script), { onStderr }))
    assert.is((await site.ask(get('/a'))).content, 'hello\n')
    await site.until(() => lines.length === 5, 'five lines')
    assert.equal(lines, ['/a 3 one', '/a 0 ', '/a 8192 two', '/a 812 ééé', '/a 4 las'])
  }),
)

programs(
  'a program that writes 1 MiB to stderr before its head is not held up',
  serving(async (start) => {
    let bytes = 0
    const script = `process.stderr.write('x'.repeat(1048576)); console.log('Status: 200\\n')`
    const onStderr = (line: string) => {
      bytes += line.length
      throw new Error('a mistake of the callback')
    }
    const { error } = console
    console.error = () => {}
    try {
      const site = await start(cgi(node(script), { onStderr }))
      assert.is((await site.ask(get())).status, 200)
      await site.until(() => bytes === 1_048_576, 'all of stderr')
    } finally {
      console.error = error
    }
  }),
)

programs('a program is found by its URL, by the PATH of env, or beside cwd', async () => {
  const { folder, discard } = scratchFolder(tmpdir(), 'cgi-')
  const file = join(folder, 'a program')
  writeFileSync(file, `#!/bin/sh\n${head}\npwd\n`, { mode: 0o755 })
  const cwd = realpathSync(folder)
  for (const program of [
    cgi(pathToFileURL(file), { cwd }),
    cgi([pathToFileURL(file)], { cwd: pathToFileURL(folder) }),
    cgi('a program', { cwd, env: { PATH: `${folder}:/bin:/usr/bin` } }),
    cgi('./a program', { cwd }),
  ])
    assert.is(await readText((await program(made())).body), `${cwd}\n`)
  discard()
})

programs('invalid options throw at the call', () => {
  throwsAtOnce(() => cgi(''), TypeError)
  throwsAtOnce(() => cgi([]), TypeError)
  throwsAtOnce(() => cgi('a\0b'), TypeError)
  throwsAtOnce(() => cgi(new URL('https://a.example/')), TypeError)
  for (const scriptName of ['cgi', '/cgi/', '/a/../b', '/a%20b', '/a?b'])
    throwsAtOnce(() => cgi('/x', { scriptName }), TypeError)
  for (const env of [{ 'A=B': '1' }, { A: 'b\0c' }])
    throwsAtOnce(() => cgi('/x', { env }), TypeError)
  throwsAtOnce(() => cgi('/x', { maxProcesses: 0 }), RangeError)
  throwsAtOnce(() => cgi('/x', { idleTimeoutMs: Number.NaN }), RangeError)
  assert.equal(traits(cgi('/x')).mode, 'async')
})

programs.run()

const failures = suite('cgi: programs that fail')

/** What cannot become a response, and what onError is told. */
const failing: readonly { name: string; program: readonly string[]; told: RegExp }[] = [
  {
    name: 'no such program',
    program: ['/no/such/program'],
    told: /Cannot start program: found ENOENT/,
  },
  { name: 'not executable', program: ['/'], told: /found EACCES/ },
  { name: 'no output', program: sh(':'), told: /found no head/ },
  {
    name: 'an exit code, and words on stderr',
    program: sh('echo first >&2; echo no tea >&2; exit 3'),
    told: /it exited with 3; it said: no tea$/,
  },
  { name: 'a signal', program: sh('kill -9 $$'), told: /it was ended by SIGKILL/ },
]

for (const { name, program, told } of failing)
  failures(
    `${name} is a 502, told once`,
    serving(async (start) => {
      const site = await start(cgi(program, { onStderr() {} }))
      const response = await site.ask(get())
      assert.is(response.status, 502)
      assert.not.match(response.content, 'tea')
      assert.equal(site.told.map(codeOf), ['CGI_FAILED'])
      assert.match(String(site.told[0]), told)
    }),
  )

const cut: readonly { name: string; script: string }[] = [
  { name: 'an exit code', script: `${head}; printf half; exit 1` },
  { name: 'a signal', script: `${head}; printf half; kill -9 $$` },
  {
    name: 'fewer bytes than its length says',
    script: 'printf "Content-Type: text/plain\\nContent-Length: 9\\n\\nhalf"',
  },
]

for (const { name, script } of cut)
  failures(
    `${name} after the head cuts the response, told once`,
    serving(async (start) => {
      const site = await start(cgi(sh(script)))
      const client = await site.connect()
      client.send(get())
      await client.takeTo('half')
      await client.takeRest()
      assert.not.match(client.text, '\r\n0\r\n')
      assert.equal(site.told.map(codeOf), ['CGI_FAILED'])
    }),
  )

failures(
  'no byte beyond its content-length is sent',
  serving(async (start) => {
    const script = `console.log('Content-Type: text/plain\\nContent-Length: 3\\n\\nabcdef')`
    const site = await start(cgi(node(script)))
    const client = await site.connect()
    client.send(get())
    assert.not.match((await client.takeRest()).toString(), 'abcd')
    assert.equal(site.told.map(codeOf), ['CGI_FAILED'])
  }),
)

failures.run()
