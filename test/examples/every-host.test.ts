// @slow 20
// @installs test/hosts test/hosts/runtimes
// @waits
// The examples of several hosts: the shell arrives before the first part is loaded, and a client that leaves ends the load.
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runtimePath } from '../hosts/support/runtime-path.ts'
import { copyExample } from '../support/repository/copied-example.ts'
import { hasProgram } from '../support/repository/running-program.ts'
import { typeCheck } from '../support/repository/type-check.ts'
import { loadingSite } from '../support/server/loading-site.ts'
import { streamOf } from '../support/server/page-stream.ts'
import { within } from '../support/within.ts'
import type { CopiedExample } from '../support/repository/copied-example.ts'

interface HostOfExample {
  readonly name: string
  readonly script: string
  readonly example: CopiedExample
  /** The program that the script runs by, if it is not Node. */
  readonly runtime?: 'deno' | 'bun'
}

/** How long anything may take, ms. */
const bound = 30_000

const site = await loadingSite()
const programs = { deno: runtimePath('deno'), bun: runtimePath('bun') }
const files = { 'load.ts': site.loadModule }
const options = { modules: 'test/hosts/node_modules', files, programs }
const everyHost = copyExample('every-host', options)
const honoApp = copyExample('hono-app', options)

const hosts: readonly HostOfExample[] = [
  { name: 'Express', script: 'express', example: everyHost },
  { name: 'Fastify', script: 'fastify', example: everyHost },
  { name: 'Hono', script: 'hono', example: everyHost },
  { name: 'node:http2', script: 'http2', example: everyHost },
  { name: 'Deno', script: 'deno', example: everyHost, runtime: 'deno' },
  { name: 'Bun', script: 'bun', example: everyHost, runtime: 'bun' },
  { name: "Hono on Sluice's server", script: 'start', example: honoApp },
]

const hosted = suite('examples: a page in every host')

for (const { name, script, example, runtime } of hosts) {
  const isHere = runtime === undefined || programs[runtime] !== undefined || hasProgram(runtime)
  const test = isHere ? hosted : hosted.skip
  const unlessSkipped = isHere ? '' : ` (skipped: there is no ${runtime} here)`
  test(`${name}: each part arrives before the next is loaded${unlessSkipped}`, async () => {
    const program = example.start(script)
    const [, flags = '', url = ''] = await program.printed(/^curl (.*)(http:\S+)$/m)
    const isHttp2 = flags.includes('--http2-prior-knowledge')
    await readWhole(url, isHttp2)
    await leaveEarly(url, isHttp2)
    program.signal('SIGTERM')
    await program.exited()
    // That a client has left is no error, which a host would print.
    assert.not.match(program.output, /Error/)
  })
}

const readWhole = async (url: string, isHttp2: boolean): Promise<void> => {
  const page = await streamOf(url, isHttp2)
  await within(bound, page.to('<h1>Waterways</h1>\n'))
  for (const part of ['Rivers', 'Locks', 'Weirs']) {
    const load = await within(bound, site.nextLoad())
    assert.is(load.part, part)
    load.answer([`${part} 1`])
    await within(bound, page.to(`<h2>${part}</h2><ul>\n<li>${part} 1\n</ul>\n`))
  }
  await within(bound, page.to('<footer>That is all.</footer></main>\n'))
  await within(bound, page.end())
}

/** Leaves while a part is loaded: the load is given up. */
const leaveEarly = async (url: string, isHttp2: boolean): Promise<void> => {
  const page = await streamOf(url, isHttp2)
  await within(bound, page.to('<h1>Waterways</h1>\n'))
  const load = await within(bound, site.nextLoad())
  page.leave()
  await within(bound, load.abandoned)
}

hosted('what comes with its own types compiles', async () => {
  const checked = [
    { example: everyHost, files: ['fastify.ts', 'hono.ts', 'http2.ts'] },
    { example: honoApp, files: ['app.ts'] },
  ]
  for (const { example, files } of checked) {
    const complaints = await typeCheck(example.folder, files)
    assert.equal([...complaints.values()], [])
  }
})

hosted('its README mounts the page as the files do', () => {
  const readme = readFileSync('examples/every-host/README.md', 'utf8')
  const rows = [...readme.matchAll(/^\| .* \| \[(.+\.ts)\]\(\1\) \| (.+) \|$/gm)]
  assert.is(rows.length, 6)
  for (const [, file = '', how = ''] of rows) {
    const source = readFileSync(`examples/every-host/${file}`, 'utf8')
    for (const [, code = ''] of how.matchAll(/`(.+?)`/g)) assert.match(source, code)
  }
})

hosted.after(async () => {
  everyHost.discard()
  honoApp.discard()
  await site.close()
})
hosted.run()
