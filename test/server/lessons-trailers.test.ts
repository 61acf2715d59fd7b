// What went wrong in other servers: trailers.
import { collect } from '@sluice/body'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readResponse } from '../support/read-response.ts'
import { chunkedPost, refusing } from '../support/refusing.ts'
import { get, serving } from '../support/serving.ts'
import type { Handler } from '@sluice/stack'

const trailers = suite('lessons: trailers')

const tellTrailers: Handler = async ({ headers, body }) => {
  const read = await collect(body)
  return text(JSON.stringify([[...headers].flat(), [...read.trailers].flat()]))
}

// Node closes for a Connection field of the trailer section.
trailers(
  '9. trailers are kept apart from the headers, and nobody acts on them',
  serving(async (start) => {
    const site = await start(tellTrailers)
    const client = await site.connect()
    const section = 'X-Sum: 9\r\nConnection: close\r\nExpect: tea\r\nCookie: a=b\r\n'
    client.send(chunkedPost(`2\r\nhi\r\n0\r\n${section}\r\n`))
    const answer = await readResponse(client)
    const headers = ['host', 'a', 'transfer-encoding', 'chunked']
    assert.equal(JSON.parse(answer.content), [headers, ['x-sum', '9']])
    assert.not(answer.fields.has('connection'))
    client.send(get())
    assert.is((await readResponse(client)).status, 200)
  }),
)
// CVE-2023-40175 (Puma): the trailer section was not looked at, and a request in it was served.
trailers(
  '9. framing, Host, a request and what is no field line are refused in the trailer section',
  refusing(
    400,
    [
      'content-length: 5',
      'Transfer-Encoding: chunked',
      'Host: b',
      'GET / HTTP/1.1',
      'X: y\r\n folded',
      'x : y',
      'x: a\nb: c',
      'x: \0',
    ].map((line) => chunkedPost(`0\r\n${line}\r\n\r\n`)),
  ),
)
trailers(
  '9. a trailer section that begins like a field and goes on like a request has that field alone',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start((request) => {
      targets.push(request.target)
      return tellTrailers(request)
    })
    const client = await site.connect()
    client.send(chunkedPost('0\r\nX:POST /bad HTTP/1.1\r\n\r\n') + get('/after'))
    const { content } = await readResponse(client)
    assert.equal(JSON.parse(content)[1], ['x', 'POST /bad HTTP/1.1'])
    await readResponse(client)
    assert.equal(targets, ['/', '/after'])
  }),
)
trailers(
  '9. more than 16 KiB of trailers, or 100 of them, are refused with 431',
  refusing(431, [
    chunkedPost(`0\r\nx: ${'y'.repeat(16_384)}\r\n\r\n`),
    chunkedPost(`0\r\n${'x: y\r\n'.repeat(101)}\r\n`),
  ]),
)

trailers.run()
