// What went wrong in other servers, a lesson after another. Here framing; the rest is in lessons-*.test.ts.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readResponse } from '../support/read-response.ts'
import { chunkedPost, keeping, postHead, reading, refusing } from '../support/refusing.ts'
import { serving } from '../support/serving.ts'
import { turn } from '../support/within.ts'

const framing = suite('lessons: framing')

// CVE-2025-22871 (Go), CVE-2025-55315 (Kestrel), CVE-2025-58056 (Netty), CVE-2023-30589 (llhttp); "funky chunks", 2025.
framing(
  '1. a chunk-size line that does not end with CR LF is refused, its extensions too',
  refusing(
    400,
    [
      '2\nhi\r\n0\r\n\r\n',
      '2\rhi\r\n0\r\n\r\n',
      '2\r\r\nhi\r\n0\r\n\r\n',
      '2;a\nhi\r\n0\r\n\r\n',
      '2;a=b\rhi\r\n0\r\n\r\n',
      '2;\nhi\r\n0\r\n\r\n',
      '2;a="\n"\r\nhi\r\n0\r\n\r\n',
      '2;a="\r\n"\r\nhi\r\n0\r\n\r\n',
      '2;a="\\\n"\r\nhi\r\n0\r\n\r\n',
      '2;a="\0"\r\nhi\r\n0\r\n\r\n',
      '0\n\r\n',
      '0\r\r\n\r\n',
    ].map(chunkedPost),
  ),
)

const badDataEnds = [
  '2\r\nhiXY0\r\n\r\n',
  '2\r\nhi\n0\r\n\r\n',
  '2\r\nhi\r0\r\n\r\n',
  '2\r\nhi\n\r0\r\n\r\n',
  '2\r\nhi0\r\n\r\n',
  '2\r\nhi0\r\n0\r\n\r\n',
  '0\r\nX\r\n',
]

// CVE-2025-43859 (h11): two bytes were skipped, whatever they were.
framing(
  '2. data that does not end with CR LF is refused',
  refusing(400, badDataEnds.map(chunkedPost)),
)

framing(
  '2. so it is where its bytes come one by one',
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    for (const coded of badDataEnds) {
      const client = await site.connect()
      client.send(chunkedPost(''))
      for (const byte of coded) {
        client.send(byte)
        await turn()
      }
      assert.is((await readResponse(client)).status, 400, JSON.stringify(coded))
      client.destroy()
    }
    assert.equal(targets, [])
  }),
)

const sizeOf = (size: string) => chunkedPost(`${size}\r\nhi\r\n0\r\n\r\n`)

// CVE-2023-47627 (aiohttp), CVE-2023-40175 (Puma): number parsers of the language take more than hexadecimal digits.
framing(
  '3. a chunk-size that is not hexadecimal digits alone is refused',
  refusing(
    400,
    [
      '',
      '0x2',
      '+2',
      '-2',
      '-0',
      '2_0',
      ' 2',
      '2 ',
      '2.0',
      '2e+0',
      '\xb2',
      '\xa02',
      '2h',
      ';a',
    ].map(sizeOf),
  ),
)
framing(
  '3. a chunk-size above 2^53 - 1, or of more digits than any has, is refused',
  refusing(
    400,
    ['20000000000000', 'ffffffffffffffff', '10000000000000002', `${'0'.repeat(32)}2`].map(sizeOf),
  ),
)

// CVE-2024-22019 (Node), CVE-2023-39326 (Go): bounds a chunk, and none for the body.
framing(
  '4. framing is bounded over the body: extensions on chunks of a byte are refused',
  refusing(413, [chunkedPost(`1;${'a'.repeat(90)}\r\nx\r\n`.repeat(300))]),
)
framing(
  '4. a chunk-size line of more than 4,096 bytes is refused',
  refusing(400, [chunkedPost(`2;${'a'.repeat(4095)}\r\nhi\r\n0\r\n\r\n`)]),
)
framing(
  '4. 20,000 chunks of a byte are read',
  keeping([[chunkedPost(`${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`), 'x'.repeat(20_000)]]),
)

const coded = (...lines: readonly string[]) => `${postHead(...lines)}0\r\n\r\n`

// CVE-2022-32213 and CVE-2022-32215 (llhttp), CVE-2026-23527 (h3).
framing(
  '5. a coding that is not chunked, last and once, is refused',
  refusing(
    400,
    [
      ...[
        '',
        ',',
        'chunked,',
        'chunked, chunked',
        'chunked, identity',
        'identity',
        'x',
        'xchunked',
      ],
      ...['chunked;a=b', '"chunked"', 'chun ked', 'chunked\xa0', 'chunked\x85', '\x0bchunked'],
    ].map((coding) => coded(`transfer-encoding: ${coding}`)),
  ),
)
framing(
  '5. on two lines, beside a length or in HTTP/1.0 a coding is refused',
  refusing(400, [
    coded('transfer-encoding: chunked', 'transfer-encoding: chunked'),
    coded('transfer-encoding: chunked', 'transfer-encoding: identity'),
    coded('transfer-encoding:', 'transfer-encoding: chunked'),
    coded('transfer-encoding: chunked', 'content-length: 5'),
    coded('content-length: 5', 'transfer-encoding: chunked'),
    coded('content-length: 0', 'transfer-encoding:'),
    coded('transfer-encoding: chunked').replace('HTTP/1.1', 'HTTP/1.0'),
  ]),
)
framing(
  '5. a coding that nobody here knows is refused with 501, and not skipped',
  refusing(501, [coded('transfer-encoding: gzip, chunked')]),
)
framing(
  '5. chunked is chunked in any case',
  keeping([[`${postHead('Transfer-Encoding:\tCHUNKED ')}2\r\nhi\r\n0\r\n\r\n`, 'hi']]),
)

// CVE-2023-40225 (HAProxy), CVE-2023-40175 (Puma): an empty length; others took signs, prefixes, the first of two.
framing(
  '6. a length that is not one run of digits is refused',
  refusing(
    400,
    [
      ...[
        '',
        '+2',
        '-2',
        '-0',
        '0x2',
        '2.0',
        '2e0',
        '2_0',
        '2 0',
        '2,2',
        '2;',
        '"2"',
        '\xb2',
        '\xa02',
      ],
      ...['NaN', '9007199254740992', '18446744073709551618'],
    ].map((length) => `${postHead(`content-length: ${length}`)}hi`),
  ),
)
framing(
  '6. two lengths are refused, also where they agree',
  refusing(400, [
    `${postHead('content-length: 2', 'content-length: 3')}hi`,
    `${postHead('content-length: 2', 'Content-Length: 2')}hi`,
  ]),
)

framing.run()
