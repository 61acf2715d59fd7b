// @slow 4
// @waits
// Responses without content of CGI programs: a HEAD, a 204 and a 304 wait for the program, as other responses do.
import { existsSync } from 'node:fs'
import { cgi } from '@sluice/blocking/cgi'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes, flag, gone, head, sh } from '../support/blocking/cgi-programs.ts'
import { codeOf } from '../support/code-of.ts'
import { get, request, serving } from '../support/server/serving.ts'

const kinds = [
  { name: 'a HEAD', asked: request('HEAD', '/'), prints: head, status: 200 },
  { name: 'a 204', asked: get(), prints: 'printf "Status: 204\\n\\n"', status: 204 },
  { name: 'a 304', asked: get(), prints: 'printf "Status: 304\\n\\n"', status: 304 },
]

const bare = suite('cgi: responses without content')

for (const { name, asked, prints, status } of kinds) {
  for (const [how, closes] of [
    ['works after its head', ''],
    ['works after it closed its stdout', 'exec >&-;'],
  ])
    bare(
      `${name} of a program that ${how} waits for its end, longer than killAfterMs`,
      serving(async (start) => {
        const done = flag()
        const script = `${prints}; ${closes} sleep 0.3; touch "$1"`
        const site = await start(cgi(sh(script, done.path), { killAfterMs: 20 }))
        assert.is((await site.ask(asked)).status, status)
        assert.ok(existsSync(done.path))
        assert.equal(site.told, [])
        done.discard()
      }),
    )

  bare(
    `${name} of a program that fails after its head is a 502`,
    serving(async (start) => {
      const site = await start(cgi(sh(`${prints}; sleep 0.1; exit 3`), { killAfterMs: 20 }))
      assert.is((await site.ask(asked)).status, 502)
      assert.equal(site.told.map(codeOf), ['CGI_FAILED'])
    }),
  )

  for (const [how, rest] of [
    ['does not end', 'exec sleep 1000'],
    ['prints for ever', 'while :; do echo x; sleep 0.01; done'],
  ])
    bare(
      `${name} of a program that ${how} is a 504 after idleTimeoutMs, and the program is ended`,
      serving(async (start) => {
        const pids: number[] = []
        const onStderr = (line: string) => pids.push(Number(line))
        const program = sh(`echo $$ >&2; ${prints}; ${rest}`)
        const site = await start(cgi(program, { onStderr, idleTimeoutMs: 300 }))
        assert.is((await site.ask(asked)).status, 504)
        assert.equal([pids.length, site.told.map(codeOf)], [1, ['CGI_TIMEOUT']])
        await gone(...pids)
      }),
    )

  bare(
    `the program of ${name} is ended when the client leaves`,
    serving(async (start) => {
      const pids: number[] = []
      const onStderr = (line: string) => pids.push(Number(line))
      const program = sh(`${prints}; echo $$ >&2; exec sleep 1000`)
      const site = await start(cgi(program, { onStderr }))
      const client = await site.connect()
      client.send(asked)
      await becomes(() => pids.length === 1, 'the program')
      client.reset()
      await gone(...pids)
      assert.equal(site.told, [])
    }),
  )
}

bare(
  'a response to HEAD has a content-length only if the program prints one',
  serving(async (start) => {
    const site = await start(cgi(sh(`${head}; printf hello`)))
    const response = await site.ask(request('HEAD', '/'))
    assert.equal([response.status, response.fields.has('content-length')], [200, false])
    const exact = await start(cgi(sh('printf "Status: 200\\nContent-Length: 5\\n\\nhello"')))
    assert.is((await exact.ask(request('HEAD', '/'))).fields.get('content-length'), '5')
  }),
)

bare.run()
