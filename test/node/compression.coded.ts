// Which responses are compressed, and what their heads say. RFC 9110 8.4, 9.3.2 (HEAD), 12.5.5 (Vary), RFC 9111 5.2.2.6.
import { Buffer } from 'node:buffer'
import type { FlushableResponse, Row } from '../support/node/compression-row.ts'

type App = Row['app']

const short = 'good day, all'
const long = 'all of a page. '.repeat(300)

/** Sends content of a type in one call, with more fields perhaps. */
const sends =
  (content: string, fields: Readonly<Record<string, string>> = {}): App =>
  (_, res) => {
    res.setHeader('Content-Type', 'text/plain')
    for (const [name, value] of Object.entries(fields)) res.setHeader(name, value)
    res.end(content)
  }

/** Writes the parts of a text in turns of their own. */
const writesLater = (res: FlushableResponse, [first = '', ...rest]: readonly string[]): void => {
  if (rest.length === 0) res.end(first)
  else {
    res.write(first)
    setImmediate(() => writesLater(res, rest))
  }
}

export const codedRows: readonly Row[] = [
  {
    name: 'a text is compressed, and varies',
    app: sends(short),
    wanted: { coding: 'gzip', varies: true, content: short },
  },
  {
    name: 'an empty buffer and an empty string before the text change nothing',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.write('')
      res.write(Buffer.alloc(0))
      res.end(short)
    },
    wanted: { coding: 'gzip', content: short },
  },
  {
    name: 'the length of the uncompressed text is not sent',
    app: sends(long, { 'Content-Length': String(long.length) }),
    wanted: {
      coding: 'gzip',
      content: long,
      fields: { 'content-length': undefined, 'transfer-encoding': 'chunked' },
    },
  },
  {
    name: 'a text of 1 MiB in one call arrives whole',
    app: sends('.'.repeat(1_048_576)),
    wanted: { coding: 'gzip', content: '.'.repeat(1_048_576) },
  },
  {
    name: 'a text of 160 KiB in four calls arrives whole',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      const part = Buffer.alloc(40_960, '.')
      for (let i = 0; i < 3; i++) res.write(part)
      res.end(part)
    },
    wanted: { coding: 'gzip', content: '.'.repeat(163_840) },
  },
  {
    name: 'a text of which the head says nothing is compressed however short it is',
    minBytes: 1024,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      writesLater(res, ['good day, ', 'all'])
    },
    wanted: { coding: 'gzip', varies: true, content: short },
  },
  {
    name: 'a text that is written in two calls, and ended at once, is as long as both together',
    minBytes: 1024,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.write('good day, ')
      res.end('all')
    },
    wanted: { varies: false, content: short },
    differs: {
      because: 'its length is known before the head is sent',
      theirs: { coding: 'gzip', varies: true, content: short },
    },
  },
  {
    name: 'HEAD has the head of the GET',
    method: 'HEAD',
    app: sends(short, { ETag: '"v"' }),
    wanted: {
      coding: 'gzip',
      varies: true,
      content: '',
      fields: { 'content-length': undefined, etag: 'W/"v"' },
    },
    differs: {
      because:
        'RFC 9110 9.3.2: HEAD should have the fields of the GET. One without Content-Encoding, and with a strong ETag, makes a cache drop or mix up the compressed response that it has stored (RFC 9111 4.3.5)',
      theirs: { coding: 'none', varies: true, content: '', fields: { etag: '"v"' } },
    },
  },
  {
    name: 'HEAD of what is never compressed has the length',
    method: 'HEAD',
    app: (_, res) => {
      res.setHeader('Content-Type', 'image/png')
      res.setHeader('Content-Length', '4500')
      res.end()
    },
    wanted: { varies: false, fields: { 'content-length': '4500' } },
  },
  {
    name: 'a client that accepts no coding of ours gets plain text that varies',
    accepts: 'something',
    app: sends(long),
    wanted: { varies: true, content: long },
  },
  {
    name: 'a client that says nothing gets plain text that varies',
    accepts: undefined,
    minBytes: 1024,
    app: sends(long),
    wanted: { varies: true, content: long },
  },
  {
    name: 'a text under minBytes does not vary: no client gets it compressed',
    accepts: undefined,
    minBytes: 1024,
    app: sends(short),
    wanted: { varies: false, content: short },
    differs: {
      because:
        'RFC 9110 12.5.5: Vary names fields that had a part in the choice. It would split a cache for nothing',
      theirs: { varies: true, content: short },
    },
  },
  {
    name: 'content that has a coding keeps it',
    app: sends(short, { 'Content-Encoding': 'x-own' }),
    wanted: { coding: 'x-own', content: short },
  },
  {
    name: 'content that is said to be `identity` stays as it is',
    app: sends(long, { 'Content-Encoding': 'identity' }),
    wanted: { coding: 'identity', content: long },
    differs: {
      because:
        'a field that the app has set is kept: it is the way to say that a response must not be compressed. RFC 9110 8.4.1 does not want `identity` in it at all',
      theirs: { coding: 'gzip', content: long },
    },
  },
  {
    name: 'an empty image does not vary',
    app: (_, res) => {
      res.setHeader('Content-Type', 'image/jpeg')
      res.end()
    },
    minBytes: 1024,
    wanted: { varies: false, content: '' },
  },
  {
    name: 'content without a type stays as it is',
    app: (_, res) => {
      res.end(long)
    },
    wanted: { varies: false, content: long },
  },
  {
    name: 'a type that nobody knows stays as it is',
    app: sends(long, { 'Content-Type': 'application/x-own' }),
    wanted: { varies: false, content: long },
  },
  {
    name: 'the type may have parameters, and capital letters',
    app: sends(long, { 'Content-Type': 'Application/JSON; Charset=UTF-8' }),
    wanted: { coding: 'gzip', content: long },
  },
  {
    name: 'a function that refuses every type leaves all responses alone',
    options: { isCompressible: () => false },
    theirOptions: { filter: () => false },
    app: sends(long),
    wanted: { varies: false, content: long },
  },
  {
    name: 'no-transform is obeyed, and such a response does not vary',
    app: sends(long, { 'Cache-Control': 'public, No-Transform' }),
    wanted: { varies: false, content: long, fields: { 'cache-control': 'public, No-Transform' } },
  },
  {
    name: 'a Vary of the app is kept, and added to',
    app: sends(long, { Vary: 'Cookie' }),
    wanted: { coding: 'gzip', varies: true, content: long },
  },
  {
    name: 'a Vary in several lines is kept, and added to',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.setHeader('Vary', ['Cookie', 'Origin'])
      res.end(long)
    },
    wanted: { coding: 'gzip', varies: true, content: long, matches: { vary: /^Cookie, Origin, / } },
  },
  {
    name: 'no-transform in a line of its own is obeyed',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.setHeader('Cache-Control', ['public', 'no-transform'])
      res.end(long)
    },
    wanted: { varies: false, content: long },
  },
  {
    name: 'a coding and no-transform that writeHead() names are obeyed',
    app: (_, res) => {
      res.writeHead(200, {
        'Content-Type': 'text/plain',
        'Content-Encoding': 'x-own',
        'Cache-Control': 'no-transform',
      })
      res.end(long)
    },
    wanted: { coding: 'x-own', varies: false, content: long },
  },
  {
    name: 'codings that are accepted in several lines count together',
    accepts: 'x-other',
    lines: ['Accept-Encoding: gzip'],
    app: sends(long),
    wanted: { coding: 'gzip', varies: true, content: long },
  },
  {
    name: 'a Vary of * is enough',
    app: sends(long, { Vary: '*' }),
    wanted: { coding: 'gzip', content: long, fields: { vary: '*' } },
  },
  {
    name: 'a strong ETag becomes weak, since the bytes are others',
    app: sends(long, { ETag: '"v"' }),
    wanted: { coding: 'gzip', content: long, fields: { etag: 'W/"v"' } },
    differs: {
      because: 'RFC 9110 8.8.3.3: two codings of one page must not have the same strong ETag',
      theirs: { coding: 'gzip', content: long, fields: { etag: '"v"' } },
    },
  },
  {
    name: 'a part of the content stays as it is',
    app: (_, res) => {
      res.writeHead(206, { 'Content-Type': 'text/plain', 'Content-Range': 'bytes 0-4499/9000' })
      res.end(long)
    },
    wanted: { status: 206, content: long },
    differs: {
      because: 'RFC 9110 14.4: the range is one of the stored bytes, and those are not compressed',
      theirs: { status: 206, coding: 'gzip', content: long },
    },
  },
  {
    name: 'a 204 stays as it is',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.statusCode = 204
      res.end()
    },
    minBytes: 1,
    wanted: { status: 204, varies: false },
    differs: {
      because: 'it has no content, so nothing of it depends on the client (RFC 9110 12.5.5)',
      theirs: { status: 204, varies: true },
    },
  },
  {
    name: 'a digest of the plain bytes is not sent with others',
    app: sends(long, { 'Content-MD5': 'abc=', 'Content-Digest': 'sha-256=:abc=:' }),
    wanted: { coding: 'gzip', content: long, fields: { 'content-digest': undefined } },
    differs: {
      because: 'RFC 9530 2: Content-Digest is that of the bytes that are sent',
      theirs: { coding: 'gzip', content: long, fields: { 'content-digest': 'sha-256=:abc=:' } },
    },
  },
  {
    name: 'one byte under minBytes is left alone',
    minBytes: 14,
    app: sends(short, { 'Content-Length': '13' }),
    wanted: { content: short, fields: { 'content-length': '13' } },
  },
  {
    name: 'minBytes exactly is compressed',
    minBytes: 13,
    app: sends(short, { 'Content-Length': '13' }),
    wanted: { coding: 'gzip', content: short },
  },
  {
    name: 'a short text in pieces is left alone if the head says its length',
    minBytes: 1024,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.setHeader('Content-Length', '13')
      writesLater(res, ['good day, ', 'all'])
    },
    wanted: { content: short, fields: { 'content-length': '13' } },
  },
  {
    name: 'a long text in pieces is compressed if the head says its length',
    minBytes: 1024,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.setHeader('Content-Length', '4500')
      writesLater(res, [long.slice(0, 2000), long.slice(2000)])
    },
    wanted: { coding: 'gzip', content: long, fields: { 'content-length': undefined } },
  },
  {
    name: 'the bytes that hex digits stand for are counted, not the digits',
    minBytes: 6,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.end('616c6c21', 'hex')
    },
    wanted: { content: 'all!' },
  },
  {
    name: 'the bytes of a text are counted, not its characters',
    minBytes: 6,
    app: sends('äöü'),
    wanted: { coding: 'gzip', content: 'äöü' },
  },
  {
    name: 'no content at all is under a minBytes of 1',
    minBytes: 1,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.end()
    },
    wanted: { content: '' },
  },
  {
    name: 'null is no content',
    minBytes: 1000,
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/plain')
      res.end(null)
    },
    wanted: { content: '' },
  },
]
