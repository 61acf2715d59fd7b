// @installs test/hosts
// The steps of examples/MIGRATING.md that need Express or the server of Hono: both sides run, and show the same.
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shownModules } from '../support/repository/code-blocks.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { within } from '../support/within.ts'

const page = readFileSync('examples/MIGRATING.md', 'utf8')

// Inside of test/hosts, so that it finds the frameworks.
const { folder, discard } = scratchFolder('test/hosts/node_modules/.cache', 'migrating-')

/** Imports a program, and gives what it exports. */
const run = async (name: string, code: string) => {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, code)
  return await import(pathToFileURL(file).href)
}

const express = suite('MIGRATING.md: a route of Express')

const programs = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)]
  .map(([, code = '']) => code)
  .filter((code) => code.includes("from 'express'"))

writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
for (const { name, code } of shownModules('examples/MIGRATING.md'))
  writeFileSync(join(folder, name), code)

const listens = (routes: string) =>
  `${routes}\nexport const server = await new Promise((fulfil) => { const it = app.listen(0, () => fulfil(it)) })`

const readReport = async (name: string, code: string, version: string) => {
  assert.match(code, /^app\.listen\(8080\)$/m)
  const routes = code.replace('app.listen(8080)', '').replace("'express'", `'${version}'`)
  const { server } = await run(name, listens(routes))
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/report/2026`)
    const fields = ['content-encoding', 'content-type'].map((each) => response.headers.get(each))
    return { fields, text: await within(10_000, response.text()) }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

for (const version of ['express', 'express4'])
  express(`${version} answers the same before and after it`, async () => {
    const [before = '', after = ''] = programs
    assert.is(programs.length, 2)
    const wanted = await readReport(`${version}-before`, before, version)
    assert.is(wanted.text, '<h1>Report</h1>\n<p>Assam 2026\n<p>Ceylon 2026\n')
    assert.match(String(wanted.fields), /^(gzip|br),text\/html; charset=utf-8$/)
    const found = await readReport(`${version}-after`, after, version)
    assert.is(found.text, wanted.text)
    assert.match(String(found.fields), /^(gzip|br|zstd),text\/html; charset=utf-8$/)
  })

const teas = `import { readJson } from '@sluice/body'
import { compress } from '@sluice/compress'
import { toListener, toMiddleware } from '@sluice/node'
import { json, stack, text } from '@sluice/stack'
import express from 'express'

const app = express()
app.use(toMiddleware(compress()), (req, res, next) => {
  res.set('x-first', 'set')
  next()
})
const reads = toListener(async ({ body }) => json(await readJson(body)), { onError() {} })
const long = 'tea '.repeat(1000)
app.get('/twice', toListener(stack(compress())(() => text(long))))
app.post('/before', reads)
app.post('/own', express.json(), (req, res) => toListener(() => json(req.body))(req, res))
app.use(express.json())
app.post('/after', reads)`

express('what it says of content, fields and a second compress() is so', async () => {
  const { server } = await run('teas', listens(teas))
  const site = `http://127.0.0.1:${server.address().port}`
  const headers = { 'content-type': 'application/json' }
  try {
    const posted = []
    for (const path of ['/before', '/own', '/after'])
      posted.push((await fetch(site + path, { method: 'POST', headers, body: '{"a":1}' })).status)
    assert.equal(posted, [200, 200, 500])
    const twice = await fetch(`${site}/twice`)
    assert.match(twice.headers.get('content-encoding') ?? '', /^(gzip|br|zstd)$/)
    assert.is(twice.headers.get('x-first'), 'set')
    assert.is((await twice.text()).length, 4000)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

express.run()

const hono = suite('MIGRATING.md: an application of Hono')

/** The lines of one side of the diff. */
const side = (mark: '-' | '+'): string =>
  (/^```diff\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(1))
    .join('\n')

const routes = `import { getConnInfo } from '@hono/node-server/conninfo'
import { upgradeWebSocket } from '@hono/node-server'
import { toFetch } from '@sluice/fetch'
import { events } from '@sluice/sse'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'

const app = new Hono()
app.onError((error, context) => context.text(error.message, 500))
app.use(cors(), async (context, next) => {
  setCookie(context, 'tea', 'Assam')
  await next()
  context.header('x-after', 'set')
})
const answer = toFetch(({ client }) => events([{ data: 'tea' }], { client }))
app.get('/events', (context) => answer(context.req.raw, context.env))
app.get('/env', ({ env }) => Response.json([Object.keys(env), env.remoteAddr?.hostname]))
app.get('/info', (context) => context.text(getConnInfo(context).remote.address))
app.get('/socket', upgradeWebSocket(() => ({})))
`

/** Both give a port, each in its own way. */
const servedBy = (mark: '-' | '+') => {
  const lines = side(mark)
  assert.match(lines, /port: 8080/)
  const taken = lines
    .replace('port: 8080', 'port: 0')
    .replace(/^(await )?serve\(/m, 'export const server = $&')
  return run(`hono${mark === '-' ? '-before' : '-after'}`, routes + taken)
}

const upgrade = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { connection: 'upgrade', upgrade: 'websocket' }
    const asked = get({ host: '127.0.0.1', port, path: '/socket', headers, agent: false })
    asked.on('response', (response) => resolve(response.resume().statusCode))
    asked.on('error', reject)
  })

hono('on its own server, a route of ours keeps the fields of middlewares', async () => {
  const { server } = await servedBy('-')
  const port = server.address().port
  const response = await fetch(`http://127.0.0.1:${port}/events`)
  assert.is(await response.text(), 'data: tea\n\n')
  const names = ['access-control-allow-origin', 'set-cookie', 'x-after', 'content-encoding']
  assert.equal(
    names.map((name) => response.headers.get(name)),
    ['*', 'tea=Assam; Path=/', 'set', null],
  )
  const [env] = JSON.parse(await (await fetch(`http://127.0.0.1:${port}/env`)).text())
  assert.equal(env, ['incoming', 'outgoing'])
  server.close()
  server.closeAllConnections()
})

hono('on our server, events are compressed, and the table says what changes', async () => {
  const { server } = await servedBy('+')
  const response = await fetch(new URL('/events', server.url))
  assert.is(await response.text(), 'data: tea\n\n')
  assert.is(response.headers.get('content-encoding'), 'gzip')
  assert.is(response.headers.get('access-control-allow-origin'), '*')
  const [env, address] = JSON.parse(await (await fetch(new URL('/env', server.url))).text())
  assert.equal([...env, address], ['request', '127.0.0.1'])
  assert.is((await fetch(new URL('/info', server.url))).status, 500)
  assert.is(await within(10_000, upgrade(server.port)), 500)
  await server.close()
})

hono.after(discard)
hono.run()
