// What an app may do with a response of node:http, and what it then hears: the same behind a middleware, compressed or not.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { finished, PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '../support/code-of.ts'
import type { Row } from '../support/node/compression-row.ts'

const long = 'all of a page. '.repeat(300)

/** An app that sets the type, and does the rest. */
const text =
  (write: Row['app']): Row['app'] =>
  (req, res, note) => {
    res.setHeader('Content-Type', 'text/plain')
    write(req, res, note)
  }

const codeOfCall = (run: () => unknown): string => {
  try {
    run()
    return 'nothing'
  } catch (error) {
    return String(codeOf(error))
  }
}

const heads: readonly Row[] = [
  {
    name: 'the reason phrase of writeHead()',
    app: (_, res) => {
      res.writeHead(404, 'Gone Fishing', { 'Content-Type': 'text/plain' }).end(long)
    },
    wanted: { status: 404, content: long, head: /^HTTP\/1.1 404 Gone Fishing\r/ },
  },
  {
    name: 'the reason phrase of statusMessage',
    app: text((_, res) => {
      res.statusCode = 404
      res.statusMessage = 'Gone Fishing'
      res.end(long)
    }),
    wanted: { status: 404, content: long, head: /^HTTP\/1.1 404 Gone Fishing\r/ },
  },
  {
    name: 'names of fields keep their capital letters, and several values their lines',
    app: text((_, res) => {
      res.setHeader('X-CamelCase', 'yes')
      res.setHeader('Link', ['</a>', '</b>'])
      res.end(long)
    }),
    wanted: { content: long, head: /X-CamelCase: yes\r\nLink: <\/a>\r\nLink: <\/b>/ },
  },
  {
    name: 'a flat list in writeHead() may name a field twice',
    app: (_, res) => {
      res.writeHead(200, ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
      res.end(long)
    },
    wanted: { content: long, head: /Set-Cookie: a=1\r\nSet-Cookie: b=2/ },
  },
  {
    name: 'fields of a Map',
    app: text((_, res) => {
      res.setHeaders(new Map([['x-one', '1']]))
      res.end(long)
    }),
    wanted: { content: long, fields: { 'x-one': '1' } },
  },
  {
    name: 'no Date, if the app wants none',
    app: text((_, res) => {
      res.sendDate = false
      res.end(long)
    }),
    wanted: { content: long, fields: { date: undefined } },
  },
  {
    name: 'a Date of the app',
    app: text((_, res) => {
      res.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT')
      res.end(long)
    }),
    wanted: { content: long, fields: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' } },
  },
  {
    name: 'what Node refuses in a head is refused at the call',
    app: text((_, res, note) => {
      note(codeOfCall(() => res.writeHead(99)))
      note(codeOfCall(() => res.writeHead(200, { 'bad name': '1' })))
      note(codeOfCall(() => res.setHeader('x-line', 'a\nb')))
      note(String(res.headersSent))
      res.end(long)
    }),
    wanted: {
      content: long,
      noted: [
        'ERR_HTTP_INVALID_STATUS_CODE',
        'ERR_INVALID_HTTP_TOKEN',
        'ERR_INVALID_CHAR',
        'false',
      ],
    },
  },
  {
    name: 'the fields can be read after the end',
    app: text((_, res, note) => {
      res.setHeader('X-One', '1')
      res.end(long)
      note(
        `${res.getHeader('x-one')} ${res.hasHeader('X-One')} ${res.getHeaderNames().includes('x-one')}`,
      )
      note(String(res.getHeaders()['x-one']))
    }),
    wanted: { content: long, noted: ['1 true true', '1'] },
  },
  {
    name: 'writeHead() twice',
    app: text((_, res, note) => {
      res.writeHead(201)
      note(codeOfCall(() => res.writeHead(202)))
      res.end(long)
    }),
    wanted: { status: 201, content: long, noted: ['ERR_HTTP_HEADERS_SENT'] },
  },
  {
    name: 'flushHeaders() twice',
    app: text((_, res) => {
      res.flushHeaders()
      res.flushHeaders()
      res.end(long)
    }),
    wanted: { content: long },
  },
]

const ends: readonly Row[] = [
  {
    name: 'a callback of a second end() is called',
    app: text((_, res, note) => {
      res.on('error', () => {})
      res.end(long)
      res.end(() => note('called'))
    }),
    wanted: { content: long, noted: ['called'] },
  },
  {
    name: 'a callback of a write() after end() gets an error, and there is an event',
    app: text((_, res, note) => {
      res.on('error', (error) => note(`event ${codeOf(error)}`))
      res.end(long)
      res.write('more', (error) => note(`callback ${codeOf(error)}`))
    }),
    wanted: {
      content: long,
      noted: ['callback ERR_STREAM_WRITE_AFTER_END', 'event ERR_STREAM_WRITE_AFTER_END'],
    },
  },
  {
    name: 'finished() tells the end once',
    app: text((_, res, note) => {
      finished(res, (error) => note(`finished ${error}`))
      res.end(long)
    }),
    wanted: { content: long, noted: ['finished undefined'] },
  },
  {
    name: 'close can be waited for',
    app: text((_, res, note) => {
      once(res, 'close').then(() => note(`close ${res.writableFinished}`))
      res.write(long)
      setImmediate(() => res.end())
    }),
    wanted: { content: long, noted: ['close true'] },
  },
  {
    name: 'a stream is piped without its end',
    app: text((_, res, note) => {
      const source = Readable.from(['good ', 'day'])
      source.pipe(res, { end: false })
      source.on('end', () => {
        note(String(res.writableEnded))
        res.end('!')
      })
    }),
    wanted: { content: 'good day!', noted: ['false'] },
  },
  {
    name: 'two streams are piped one after the other',
    app: text(async (_, res) => {
      await pipeline(Readable.from(['good ']), res, { end: false })
      await pipeline(Readable.from(['day']), new PassThrough(), res)
    }),
    wanted: { content: 'good day' },
  },
  {
    name: 'HEAD of a long stream reads it to its end',
    method: 'HEAD',
    app: text((_, res, note) => {
      const source = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65_536, 'x')))
      source.on('end', () => note('read'))
      res.on('finish', () => note('finish'))
      source.pipe(res)
    }),
    wanted: { content: '', noted: ['read', 'finish'] },
  },
  {
    name: 'a 304 with content that nobody may send',
    app: text((_, res, note) => {
      res.on('finish', () => note('finish'))
      res.statusCode = 304
      res.write(long)
      res.end(long)
    }),
    wanted: { status: 304, content: '', noted: ['finish'] },
  },
  {
    name: 'a 204 with content that nobody may send',
    app: text((_, res, note) => {
      res.on('finish', () => note('finish'))
      res.statusCode = 204
      res.end(long)
    }),
    wanted: { status: 204, content: '', noted: ['finish'] },
  },
]

const writes: readonly Row[] = [
  {
    name: 'an empty write sends the head',
    app: text((_, res, note) => {
      note(String(res.write('')))
      note(String(res.headersSent))
      res.end(long)
    }),
    wanted: { content: long, noted: ['true', 'true'] },
  },
  {
    name: 'what is written has callbacks in order, those of no bytes too',
    app: text((_, res, note) => {
      res.write('one', () => note('one'))
      res.write('', () => note('two'))
      res.write(Buffer.alloc(0), () => note('three'))
      setImmediate(() => res.end('.', () => note('end')))
    }),
    wanted: { content: 'one.', noted: ['one', 'two', 'three', 'end'] },
  },
  {
    name: 'a chunk may be changed when its callback has run',
    app: text((_, res, note) => {
      const chunk = Buffer.alloc(1000, 'a')
      res.write(chunk, () => {
        chunk.fill('b')
        note('written')
        res.end()
      })
    }),
    wanted: { content: 'a'.repeat(1000), noted: ['written'] },
  },
  {
    name: 'no chunk is written twice, whatever cut it comes in',
    app: text((_, res) => {
      for (let i = 0; i < 1000; i++) res.write(`${i},`)
      setImmediate(() => {
        for (let i = 1000; i < 2000; i++) res.write(`${i},`)
        res.end('end')
      })
    }),
    wanted: { content: `${Array.from({ length: 2000 }, (_, i) => i).join()},end` },
  },
]

export const asNodeRows: readonly Row[] = [...heads, ...ends, ...writes]
