// How an app may write: arguments, callbacks, results and events are those of node:http, whatever stands in front.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Note, Row } from '../support/node/compression-row.ts'

const long = 'all of a page. '.repeat(300)

const text: Row['app'] = (_, res) => res.setHeader('Content-Type', 'text/plain')

/** An app that sets the type, and does the rest. */
const writes =
  (write: Row['app']): Row['app'] =>
  (req, res, note) => {
    text(req, res, note)
    write(req, res, note)
  }

/** What a call throws: its code. */
const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'nothing'
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error
      ? String(error.code)
      : String(error)
  }
}

const noCallbacks = '`compression` drops the callbacks of write() and end()'

/** Notes events in the order in which they come. */
const notesEvents = (
  emitter: { on(name: string, run: () => void): unknown },
  note: Note,
  ...names: readonly string[]
): void => {
  for (const name of names) emitter.on(name, () => note(name))
}

export const writtenRows: readonly Row[] = [
  {
    name: 'strings have an encoding',
    app: writes((_, res) => {
      res.write('good day, ', 'utf8')
      res.write('YWxs', 'base64')
      res.end(' of yöu', 'latin1')
    }),
    wanted: {
      coding: 'gzip',
      content: Buffer.concat([
        Buffer.from('good day, all of y'),
        Buffer.from([0xf6]),
        Buffer.from('u'),
      ]).toString(),
    },
  },
  {
    name: 'bytes may be of any Uint8Array',
    app: writes((_, res) => {
      res.write(new Uint8Array([103, 111]))
      res.end(new Uint8Array([111, 100]))
    }),
    wanted: { coding: 'gzip', content: 'good' },
  },
  {
    name: 'the callback of write() is called, and the one of end() after it',
    app: writes((_, res, note) => {
      res.write('good ', 'utf8', () => note('write'))
      res.write('day', () => note('write too'))
      res.end('!', 'utf8', () => note('end'))
    }),
    wanted: { coding: 'gzip', content: 'good day!', noted: ['write', 'write too', 'end'] },
    differs: { because: noCallbacks, theirs: { coding: 'gzip', content: 'good day!', noted: [] } },
  },
  {
    name: 'a callback may end the response',
    app: writes((_, res, note) => {
      let isCalled = false
      res.write('good day', () => {
        isCalled = true
        note('write')
        res.end()
      })
      setTimeout(() => isCalled || res.end(), 200)
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['write'] },
    differs: { because: noCallbacks, theirs: { coding: 'gzip', content: 'good day', noted: [] } },
  },
  {
    name: 'end() takes a callback alone',
    app: writes((_, res, note) => {
      res.write('good day')
      res.end(() => note('end'))
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['end'] },
    differs: {
      because: '`compression` takes the function for content, and throws',
      theirs: 'fails',
    },
  },
  {
    name: 'end() returns the response',
    app: writes((_, res, note) => {
      note(String(res.end('good day') === res))
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['true'] },
    differs: {
      because: 'that of node:http does; `compression` returns its zlib stream',
      theirs: { coding: 'gzip', content: 'good day', noted: ['false'] },
    },
  },
  {
    name: 'write() after end() returns false, and changes nothing',
    app: writes((_, res, note) => {
      res.on('error', () => {})
      res.end('good day')
      note(String(res.write('more')))
      res.end('more')
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['false'] },
  },
  {
    name: 'finish comes before close, each once',
    app: writes((_, res, note) => {
      notesEvents(res, note, 'prefinish', 'finish', 'close')
      res.end('good day')
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['prefinish', 'finish', 'close'] },
  },
  {
    name: 'what the response says of itself at each step',
    app: writes((_, res, note) => {
      const says = (more = '') =>
        note([res.headersSent, res.writableEnded, res.destroyed].map(Number).join('') + more)
      says()
      res.write('good ')
      says()
      res.end('day')
      says()
      res.on('finish', () => says(res.writableFinished ? ', finished' : ''))
      res.on('close', () => says(res.writableFinished ? ', finished' : ''))
    }),
    wanted: {
      coding: 'gzip',
      content: 'good day',
      noted: ['000', '100', '110', '110, finished', '111, finished'],
    },
    differs: {
      because: 'those of node:http; `compression` ends the response only when zlib has ended',
      theirs: {
        coding: 'gzip',
        content: 'good day',
        noted: ['000', '100', '100', '110, finished', '111, finished'],
      },
    },
  },
  {
    name: 'fields may be set until the first write, and not after it',
    app: writes((_, res, note) => {
      res.setHeader('X-One', '1')
      res.write('good day')
      note(codeOf(() => res.setHeader('X-Two', '2')))
      note(codeOf(() => res.removeHeader('X-One')))
      note(codeOf(() => res.writeHead(500)))
      note(String(res.getHeader('x-one')))
      res.end()
    }),
    wanted: {
      coding: 'gzip',
      content: 'good day',
      fields: { 'x-one': '1', 'x-two': undefined },
      noted: ['ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT', '1'],
    },
  },
  {
    name: 'writeHead() has a status, a reason and fields',
    app: (_, res) => {
      res.setHeader('X-One', '1')
      res.writeHead(404, 'Gone Fishing', { 'Content-Type': 'text/plain', 'X-One': '2' })
      res.end(long)
    },
    wanted: { status: 404, coding: 'gzip', content: long, fields: { 'x-one': '2' } },
  },
  {
    name: 'writeHead() takes names and values in a flat list',
    app: (_, res) => {
      res.writeHead(200, ['Content-Type', 'text/plain', 'X-One', '1', 'X-Two', '2'])
      res.end(long)
    },
    wanted: { coding: 'gzip', content: long, fields: { 'x-one': '1', 'x-two': '2' } },
  },
  {
    name: 'writeHead() and end() chain',
    app: (_, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain' }).end(long)
    },
    wanted: { coding: 'gzip', content: long },
  },
  {
    name: 'each set-cookie has a line of its own',
    app: writes((_, res) => {
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      res.appendHeader('Set-Cookie', 'c=3')
      res.end(long)
    }),
    wanted: { coding: 'gzip', content: long, fields: { 'set-cookie': 'a=1, b=2, c=3' } },
  },
  {
    name: 'a number may be the value of a field',
    app: writes((_, res) => {
      res.setHeader('Content-Length', long.length)
      res.setHeader('X-Count', 7)
      res.end(long)
    }),
    wanted: {
      coding: 'gzip',
      content: long,
      fields: { 'x-count': '7' },
    },
  },
  {
    name: 'write() without a chunk throws, as in node:http',
    app: writes((_, res, note) => {
      note(codeOf(() => res.write(null)))
      note(codeOf(() => Reflect.apply(res.write, res, [7])))
      res.end('good day')
    }),
    wanted: {
      coding: 'gzip',
      content: 'good day',
      noted: ['ERR_STREAM_NULL_VALUES', 'ERR_INVALID_ARG_TYPE'],
    },
    differs: {
      because: 'those of node:http',
      theirs: {
        coding: 'gzip',
        content: 'good day',
        noted: ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE'],
      },
    },
  },
  {
    name: 'flush() is there before the head and after the end, and does nothing then',
    app: (_, res) => {
      res.flush()
      res.end()
      res.flush()
    },
    wanted: { content: '' },
  },
  {
    name: 'cork() and uncork() lose nothing',
    app: writes((_, res) => {
      res.cork()
      res.write('good ')
      res.write('day')
      res.uncork()
      res.end('!')
    }),
    wanted: { coding: 'gzip', content: 'good day!' },
  },
  {
    name: 'a stream is piped',
    app: writes((_, res) => {
      Readable.from(['good ', 'day', '!']).pipe(res)
    }),
    wanted: { coding: 'gzip', content: 'good day!' },
  },
  {
    name: 'pipeline() ends when the response has',
    app: writes((_, res, note) => {
      pipeline(Readable.from(['good ', 'day']), res).then(
        () => note(`done, finished ${res.writableFinished}`),
        (error) => note(String(error)),
      )
    }),
    wanted: { coding: 'gzip', content: 'good day', noted: ['done, finished true'] },
  },
  {
    name: 'once() and off() of drain are heard once and never',
    app: writes((_, res, note) => {
      const never = () => note('never')
      res.on('drain', never)
      res.off('drain', never)
      once(res, 'drain').then(() => {
        note('drain')
        res.end()
      })
      while (res.write('x'.repeat(65_536)));
    }),
    wanted: { coding: 'gzip', noted: ['drain'] },
    differs: {
      because: '`compression` keeps the listener that was removed',
      theirs: { coding: 'gzip', noted: ['never', 'drain'] },
    },
  },
  {
    name: 'trailers arrive behind the content',
    app: writes((_, res) => {
      res.setHeader('Trailer', 'X-Sum')
      res.write(long)
      res.addTrailers({ 'X-Sum': '7' })
      res.end()
    }),
    wanted: { coding: 'gzip', content: long, trailers: { 'x-sum': '7' } },
  },
]
