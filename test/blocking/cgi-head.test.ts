// The head that a CGI program prints: what is read, and what is refused. RFC 3875 6.
import { cgi } from '@sluice/blocking/cgi'
import { closeBody, readBytes } from '@sluice/body'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { node, sh } from '../support/blocking/cgi-programs.ts'
import { rejects } from '../support/rejects.ts'

/** Prints exactly this text, one byte for each character. */
const prints = (text: string): readonly string[] =>
  sh(
    'printf "$1"',
    [...Buffer.from(text, 'latin1')]
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join(''),
  )

const read = async (text: string, program = prints(text)): Promise<string> => {
  const { status, headers, body } = await cgi(program)(request())
  const content = Buffer.from(await readBytes(body)).toString('latin1')
  return JSON.stringify([status, Object.fromEntries(headers), content])
}

const heads = suite('cgi: heads')

const accepted: readonly { name: string; given: string; wanted: unknown }[] = [
  {
    name: 'lines that end with LF',
    given: 'Content-Type: text/plain\nX-A: 1\n\nhello\n',
    wanted: [200, { 'content-type': 'text/plain', 'x-a': '1' }, 'hello\n'],
  },
  {
    name: 'lines that end with CR LF, and content that begins with one',
    given: 'Content-Type: text/plain\r\nX-A: 1\r\n\r\n\r\nhello',
    wanted: [200, { 'content-type': 'text/plain', 'x-a': '1' }, '\r\nhello'],
  },
  {
    name: 'lines that end in both ways',
    given: 'Content-Type: text/plain\r\nX-A: 1\n\r\nhello',
    wanted: [200, { 'content-type': 'text/plain', 'x-a': '1' }, 'hello'],
  },
  { name: 'a status with its phrase', given: 'Status: 404 Not here\n\n', wanted: [404, {}, ''] },
  { name: 'a status alone, in lower case', given: 'status:599\n\nx', wanted: [599, {}, 'x'] },
  {
    name: 'blanks around a value, an empty value, and one that is not ASCII',
    given: 'Content-Type:\t a/b \t\nX-A:\nX-B: \xe9\n\n',
    wanted: [200, { 'content-type': 'a/b', 'x-a': '', 'x-b': '\xe9' }, ''],
  },
  {
    name: 'a Location with a Status and a body',
    given: 'Location: https://a.example/\nStatus: 301\n\nmoved',
    wanted: [301, { location: 'https://a.example/' }, 'moved'],
  },
  {
    name: 'a length',
    given: 'Content-Type: a/b\nContent-Length: 2\n\nhi',
    wanted: [200, { 'content-type': 'a/b', 'content-length': '2' }, 'hi'],
  },
]

for (const { name, given, wanted } of accepted) {
  heads(`is read: ${name}`, async () => {
    assert.is(await read(given), JSON.stringify(wanted))
  })
  heads(`is read when each byte comes alone: ${name}`, async () => {
    const script = `const { writeSync } = require('node:fs')
      for (const byte of Buffer.from(${JSON.stringify(given)}, 'latin1')) writeSync(1, Uint8Array.of(byte))`
    assert.is(await read(given, node(script)), JSON.stringify(wanted))
  })
}

const invalid: readonly { name: string; given: string }[] = [
  { name: 'none', given: '\nhello' },
  { name: 'no field that CGI knows', given: 'X-A: 1\n\nhello' },
  { name: 'a line without a colon', given: 'Content-Type: a/b\nhello\n\n' },
  { name: 'a line without a name', given: 'Content-Type: a/b\n: x\n\n' },
  { name: 'a blank before the colon', given: 'Content-Type : a/b\n\n' },
  { name: 'a folded line', given: 'Content-Type: a/b\n c\n\n' },
  { name: 'a NUL', given: 'Content-Type: a/b\0\n\n' },
  { name: 'a control character', given: 'Content-Type: a/b\nX-A: \x1b[31m\n\n' },
  { name: 'a CR in a line', given: 'Content-Type: a/b\nX-A: 1\rX-B: 2\n\n' },
  { name: 'a status line', given: 'HTTP/1.1 200 OK\nContent-Type: a/b\n\n' },
  { name: 'an informational status', given: 'Status: 100\n\n' },
  { name: 'a status that is none', given: 'Status: 2000\n\n' },
  { name: 'two statuses', given: 'Status: 200\nStatus: 200\n\n' },
  { name: 'two lengths', given: 'Status: 200\nContent-Length: 1\nContent-Length: 1\n\nx' },
  { name: 'a length that is no number', given: 'Status: 200\nContent-Length: +1\n\nx' },
  { name: 'two types', given: 'Content-Type: a/b\nContent-Type: a/c\n\nx' },
  { name: 'two locations', given: 'Location: /a\nLocation: /b\n\n' },
  { name: 'binary junk', given: `${'\x7fELF\x02\x01\x00'.repeat(50)}\n\n` },
]

for (const { name, given } of invalid)
  heads(`is refused: ${name}`, async () => {
    const error = await rejects(() => read(given), 'CGI_HEAD_INVALID')
    assert.is(error.status, 502)
  })

heads('one byte under and at maxHeadBytes are read, one over is refused', async () => {
  const text = 'Content-Type: text/plain\n\n'
  for (const maxHeadBytes of [27, 26]) {
    const response = await cgi(prints(text), { maxHeadBytes })(request())
    assert.is(response.status, 200)
    await closeBody(response.body)
  }
  const over = cgi(prints(text), { maxHeadBytes: 25 })
  assert.match((await rejects(() => over(request()), 'CGI_HEAD_INVALID')).message, '25 bytes')
})

heads('a program that prints no end of its head is stopped', async () => {
  const endless = cgi(
    sh('while :; do echo "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; done'),
  )
  await rejects(() => endless(request()), 'CGI_HEAD_INVALID')
  const line = cgi(
    sh('while :; do printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done'),
  )
  await rejects(() => line(request()), 'CGI_HEAD_INVALID')
})

heads('output that ends in the head is a failure of the program', async () => {
  for (const given of ['Content-Type: a/b', 'Content-Type: a/b\n', 'Content-Type: a/b\r\n\r'])
    await rejects(() => read(given), 'CGI_FAILED')
})

heads.run()
