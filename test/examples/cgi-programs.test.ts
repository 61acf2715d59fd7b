// @slow 5
// @waits
// The example of CGI: its programs, one of them in Python, as a raw client sees them.
import { cgi } from '@sluice/blocking/cgi'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hasProgram } from '../support/repository/running-program.ts'
import { readChunk, readContent, readHead } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'

const folder = 'examples/cgi-programs'
const env = { PATH: process.env.PATH }

const shell = suite('examples: cgi-programs in shell')

shell(
  'the first line arrives before the last is printed',
  serving(async (start) => {
    const site = await start(cgi(['/bin/sh', `${folder}/page.sh`], { env }))
    const client = await site.connect()
    client.send(get('/a'))
    const begun = await readHead(client)
    // A second passes between these two, in which the machine may do other things.
    const first = (await readChunk(client)) ?? ''
    assert.match(first, /^GET \/a from 127.0.0.1\n/)
    assert.not.match(first, 'line 3')
    assert.match((await readContent(client, begun)).content, /line 3\n$/)
  }),
)

shell.run()

const python = suite('examples: cgi-programs in Python')
const withPython = hasProgram('python3') ? python : python.skip
const unlessSkipped = hasProgram('python3') ? '' : ' (skipped: there is no python3 here)'

/** What Python says of its failure goes nowhere: the test causes it. */
const application = () => cgi(['python3', `${folder}/application.py`], { env, onStderr() {} })

withPython(
  `the first row of the generator arrives before the last is yielded${unlessSkipped}`,
  serving(async (start) => {
    const client = await (await start(application())).connect()
    client.send(get())
    const begun = await readHead(client)
    assert.is(begun.status, 200)
    const first = (await readChunk(client)) ?? ''
    assert.match(first, /^row 1\n/)
    assert.not.match(first, 'row 3')
    assert.match((await readContent(client, begun)).content, /row 3\n$/)
  }),
)

/** A WSGI application that yields a line when it has read one. */
const echoing = `from wsgiref.handlers import CGIHandler
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    for line in environ['wsgi.input']:
        yield line
CGIHandler().run(application)`

withPython(
  `each piece that a generator yields arrives before the next line is sent${unlessSkipped}`,
  serving(async (start) => {
    const client = await (await start(cgi(['python3', '-c', echoing], { env }))).connect()
    client.send(request('POST', '/', 'content-length: 6'))
    client.send('a\n')
    const begun = await readHead(client)
    for (const line of ['a\n', 'b\n']) {
      assert.is(await readChunk(client), line)
      client.send(line === 'a\n' ? 'b\n' : 'c\n')
    }
    assert.is((await readContent(client, begun)).content, 'c\n')
  }),
)

withPython(
  `what the write callable is given arrives before the next line is sent${unlessSkipped}`,
  serving(async (start) => {
    const client = await (await start(application())).connect()
    client.send(request('POST', '/', 'content-length: 8'))
    client.send('1\n')
    const begun = await readHead(client)
    assert.is(await readChunk(client), '1\n')
    client.send('20\n')
    assert.is(await readChunk(client), '21\n')
    client.send('30\n')
    assert.is((await readContent(client, begun)).content, '51\nThat is the sum.\n')
  }),
)

withPython(
  `content without a length is summed${unlessSkipped}`,
  serving(async (start) => {
    const chunks = '4\r\n1\n20\r\n4\r\n\n30\n\r\n0\r\n\r\n'
    const asked = `${request('POST', '/', 'transfer-encoding: chunked')}${chunks}`
    const { content } = await (await start(application())).ask(asked)
    assert.is(content, '1\n21\n51\nThat is the sum.\n')
  }),
)

withPython(
  `an application that fails before its head is a 500, after it a broken page${unlessSkipped}`,
  serving(async (start) => {
    const site = await start(application())
    assert.is((await site.ask(`${request('POST', '/', 'content-length: 1')}x`)).status, 500)
    const client = await site.connect()
    client.send(`${request('POST', '/', 'content-length: 4')}1\nx\n`)
    await client.takeTo('1\n')
    const rest = (await client.takeRest()).toString()
    assert.not.match(rest, 'That is the sum')
    assert.not.match(rest, '\r\n0\r\n')
    assert.equal(site.told.map(codeOf), ['CGI_FAILED'])
  }),
)

python.run()
