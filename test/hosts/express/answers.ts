// What untouched handlers of Express answer behind a middleware that compresses.
import { createReadStream, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { onFinished, onHeaders, session } from './express.ts'
import type { Exchange, Note, Wanted } from '../../support/node/compression-row.ts'
import type { App, Express, ExpressResponse, Layer } from './express.ts'

export interface ExpressRow extends Exchange {
  readonly name: string
  /** Builds the app around the middleware. */
  readonly build: (express: Express, middleware: Layer, note: Note) => App
  readonly wanted: Wanted
  /** What `compression` does otherwise, and why we do not. */
  readonly differs?: { readonly because: string; readonly theirs: Wanted | 'fails' }
}

/** An app whose layers stand behind the middleware. */
const app =
  (add: (app: App, note: Note, express: Express) => unknown): ExpressRow['build'] =>
  (express, middleware, note) => {
    const built = express()
    // As in production: an error is not printed.
    built.set('env', 'test')
    built.use(middleware)
    add(built, note, express)
    return built
  }

const item = { id: 7, words: 'some words of it. '.repeat(200) }
const itemText = JSON.stringify(item)
const page = `<p>${'all of a page. '.repeat(300)}</p>`
const file = join(tmpdir(), 'page.html')
writeFileSync(file, page)

const coded = (content: string, more: Wanted['fields'] = {}): Wanted => ({
  coding: 'gzip',
  varies: true,
  content,
  fields: more,
})

/** The strong tag of a page that Express makes, and the weak one. */
const strongTag = '"v1"'
const weakTag = 'W/"v1"'

const setsTag = app((it) =>
  it.get('/', (_, res) => {
    res.set('ETag', strongTag).type('html').send(page)
  }),
)

const strongStays = 'its strong ETag would be that of two codings (RFC 9110 8.8.3.3)'

const bodies: readonly ExpressRow[] = [
  {
    name: 'res.json',
    build: app((it) => it.get('/', (_, res) => res.json(item))),
    wanted: coded(itemText, { 'content-type': 'application/json; charset=utf-8' }),
  },
  {
    name: 'res.json, short',
    build: app((it) => it.get('/', (_, res) => res.json({ id: 7 }))),
    wanted: { content: '{"id":7}', fields: { 'content-length': '8' } },
  },
  {
    name: 'res.json by HEAD has the head of the GET',
    method: 'HEAD',
    build: app((it) => it.get('/', (_, res) => res.json(item))),
    wanted: { ...coded(''), fields: { 'content-length': undefined } },
    differs: {
      because: 'RFC 9110 9.3.2',
      theirs: { content: '', fields: { 'content-length': String(itemText.length) } },
    },
  },
  {
    name: 'res.json by HEAD, short, has the length',
    method: 'HEAD',
    build: app((it) => it.get('/', (_, res) => res.json({ id: 7 }))),
    wanted: { content: '', fields: { 'content-length': '8' } },
  },
  {
    name: 'res.send of a buffer',
    build: app((it) => it.get('/', (_, res) => res.type('text/css').send(Buffer.from(page)))),
    wanted: coded(page),
  },
  {
    name: 'res.send of an image is left alone',
    build: app((it) => it.get('/', (_, res) => res.type('png').send(Buffer.from(page)))),
    wanted: { varies: false, content: page, fields: { 'content-length': String(page.length) } },
  },
  {
    name: 'res.sendStatus',
    build: app((it) => it.get('/', (_, res) => res.sendStatus(404))),
    wanted: { status: 404, content: 'Not Found' },
  },
  {
    name: 'res.sendStatus of a 204',
    build: app((it) => it.get('/', (_, res) => res.sendStatus(204))),
    wanted: { status: 204, content: '' },
  },
  {
    name: 'res.redirect',
    build: app((it) => it.get('/', (_, res) => res.redirect('/there'))),
    wanted: { status: 302, fields: { location: '/there' } },
  },
  {
    name: 'several cookies',
    build: app((it) =>
      it.get('/', (_, res) =>
        res.cookie('a', '1').cookie('b', '2').append('Set-Cookie', 'c=3').json(item),
      ),
    ),
    wanted: coded(itemText, { 'set-cookie': 'a=1; Path=/, b=2; Path=/, c=3' }),
  },
  {
    name: 'a page that nobody has is the 404 of Express',
    build: app(() => {}),
    wanted: { status: 404, fields: { 'content-security-policy': "default-src 'none'" } },
  },
  {
    name: 'a stream is piped, and its length is not that of the compressed bytes',
    build: app((it) =>
      it.get('/', (_, res) => {
        res.type('html').set('Content-Length', String(page.length))
        createReadStream(file).pipe(res)
      }),
    ),
    wanted: coded(page, { 'content-length': undefined }),
  },
  {
    name: 'many small pieces are piped',
    build: app((it) =>
      it.get('/', (_, res) => {
        Readable.from(page.match(/.{1,7}/gs) ?? []).pipe(res.type('html'))
      }),
    ),
    wanted: coded(page),
  },
]

const others: readonly ExpressRow[] = [
  {
    name: 'a parser of bodies may stand in front of it',
    build: (express, middleware) =>
      express()
        .use(express.json(), express.urlencoded({ extended: false }), middleware)
        .get('/', (_, res) => res.json(item)),
    wanted: coded(itemText),
  },
  {
    name: 'a file that is not there goes to the error handler',
    build: app((it) =>
      it
        .get('/', (_, res) => res.sendFile(join(tmpdir(), 'none.html')))
        .use((_error: Error, _req: unknown, res: ExpressResponse, _next: unknown) =>
          res.status(404).json(item),
        ),
    ),
    wanted: { status: 404, ...coded(itemText) },
  },
  {
    name: 'a time-out of the response is answered',
    build: app((it) =>
      it.get('/', (_, res) => {
        res.setTimeout(5, () => res.status(503).json(item))
      }),
    ),
    wanted: { status: 503, ...coded(itemText) },
  },
  {
    name: 'a client that refuses plain content and all codings gets a 406 by the error page',
    accepts: 'something, identity;q=0',
    build: app((it) => it.get('/', (_, res) => res.json(item))),
    wanted: { status: 406 },
    differs: {
      because: 'RFC 9110 12.5.3 and 15.5.16',
      theirs: { varies: true, content: itemText },
    },
  },
]

const validators: readonly ExpressRow[] = [
  {
    name: 'the weak ETag of Express is kept',
    build: app((it) => it.get('/', (_, res) => res.set('ETag', weakTag).type('html').send(page))),
    wanted: coded(page, { etag: weakTag }),
  },
  {
    name: 'a strong ETag becomes weak',
    build: setsTag,
    wanted: coded(page, { etag: weakTag }),
    differs: { because: strongStays, theirs: coded(page, { etag: strongTag }) },
  },
  {
    name: 'a client that has the compressed page gets a 304 with its weak ETag',
    lines: [`If-None-Match: ${weakTag}`],
    build: setsTag,
    wanted: { status: 304, varies: true, content: '', fields: { etag: weakTag } },
    differs: {
      because: strongStays,
      theirs: { status: 304, content: '', fields: { etag: strongTag } },
    },
  },
  {
    name: 'a client that has the plain page gets a 304 with its strong ETag',
    lines: [`If-None-Match: ${strongTag}`],
    build: setsTag,
    wanted: { status: 304, varies: true, content: '', fields: { etag: strongTag } },
    differs: {
      because: 'it does not know the type, and leaves out Vary (RFC 9110 15.4.5)',
      theirs: { status: 304, varies: false, fields: { etag: strongTag } },
    },
  },
  {
    name: 'a 304 for the weak ETag that Express made',
    lines: ['If-None-Match: W/"e33-x", W/"v1"'],
    build: app((it) => it.get('/', (_, res) => res.set('ETag', weakTag).type('html').send(page))),
    wanted: { status: 304, content: '', fields: { etag: weakTag, 'content-length': undefined } },
  },
  {
    name: 'the ETag of a PUT is that of what was stored',
    method: 'PUT',
    build: app((it) => it.put('/', (_, res) => res.set('ETag', strongTag).type('html').send(page))),
    wanted: coded(page, { etag: strongTag }),
  },
  {
    name: 'sendFile',
    build: app((it) => it.get('/', (_, res) => res.sendFile(file))),
    wanted: coded(page, { 'accept-ranges': undefined, 'content-length': undefined }),
    differs: {
      because: 'RFC 9110 14.3: no range of the compressed bytes can be had',
      theirs: coded(page, { 'accept-ranges': 'bytes', 'content-length': undefined }),
    },
  },
  {
    name: 'sendFile by HEAD',
    method: 'HEAD',
    build: app((it) => it.get('/', (_, res) => res.sendFile(file))),
    wanted: coded('', { 'content-length': undefined }),
    differs: {
      because: 'RFC 9110 9.3.2',
      theirs: { content: '', fields: { 'content-length': String(page.length) } },
    },
  },
  {
    name: 'a range of sendFile is one of the plain bytes',
    lines: ['Range: bytes=3-1502'],
    build: app((it) => it.get('/', (_, res) => res.sendFile(file))),
    wanted: {
      status: 206,
      varies: true,
      content: page.slice(3, 1503),
      fields: { 'content-range': `bytes 3-1502/${page.length}`, 'content-length': '1500' },
    },
    differs: {
      because: 'RFC 9110 14.4: compressed bytes are not the range that Content-Range names',
      theirs: {
        status: 206,
        coding: 'gzip',
        fields: { 'content-range': `bytes 3-1502/${page.length}` },
      },
    },
  },
  {
    name: 'a range that cannot be had is a 416',
    lines: ['Range: bytes=99999-'],
    build: app((it) => it.get('/', (_, res) => res.sendFile(file))),
    wanted: { status: 416, fields: { 'content-range': `bytes */${page.length}` } },
  },
  {
    name: 'express.static',
    target: '/page.html',
    build: app((it, _, express) => it.use(express.static(tmpdir()))),
    wanted: coded(page),
  },
  {
    name: 'sendFile of a file that has not changed since is a 304',
    lines: [`If-Modified-Since: ${new Date(Date.now() + 60_000).toUTCString()}`],
    build: app((it) => it.get('/', (_, res) => res.sendFile(file))),
    wanted: { status: 304, content: '' },
  },
]

/** A session, outside of the middleware or behind it. */
const withSession =
  (
    where: 'outside' | 'behind',
    options: object,
    add: (app: App, note: Note) => unknown,
  ): ExpressRow['build'] =>
  (express, middleware, note) => {
    const built = express()
    const sessions = session({ secret: 's', resave: false, saveUninitialized: false, ...options })
    if (where === 'outside') built.use(sessions, middleware)
    else built.use(middleware, sessions)
    add(built, note)
    return built
  }

const cookieSent = /^connect\.sid=/

const sessions = (['outside', 'behind'] as const).flatMap((where): readonly ExpressRow[] => [
  {
    name: `a session ${where}: the cookie of a long page`,
    build: withSession(where, {}, (it) =>
      it.get('/', (req, res) => {
        req.session.seen = 1
        res.json(item)
      }),
    ),
    wanted: { ...coded(itemText), matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: the cookie of a short page`,
    build: withSession(where, {}, (it) =>
      it.get('/', (req, res) => {
        req.session.seen = 1
        res.json({ id: 7 })
      }),
    ),
    wanted: { content: '{"id":7}', matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: an empty page`,
    build: withSession(where, {}, (it) =>
      it.get('/', (req, res) => {
        req.session.seen = 1
        res.status(200).end()
      }),
    ),
    wanted: { content: '', matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: a page that is written, and ends later`,
    build: withSession(where, {}, (it) =>
      it.get('/', (req, res) => {
        req.session.seen = 1
        res.type('html').write(page)
        setImmediate(() => res.end('<p>end'))
      }),
    ),
    wanted: { ...coded(`${page}<p>end`), matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: none that was not touched`,
    build: withSession(where, {}, (it) => it.get('/', (_, res) => res.json(item))),
    wanted: { ...coded(itemText), fields: { 'set-cookie': undefined } },
  },
  {
    name: `a session ${where}: saveUninitialized`,
    build: withSession(where, { saveUninitialized: true }, (it) =>
      it.get('/', (_, res) => res.json(item)),
    ),
    wanted: { ...coded(itemText), matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: rolling, by HEAD`,
    method: 'HEAD',
    build: withSession(where, { rolling: true, saveUninitialized: true }, (it) =>
      it.get('/', (_, res) => res.json({ id: 7 })),
    ),
    wanted: { content: '', matches: { 'set-cookie': cookieSent } },
  },
  {
    name: `a session ${where}: a redirect`,
    build: withSession(where, {}, (it) =>
      it.get('/', (req, res) => {
        req.session.seen = 1
        res.redirect('/there')
      }),
    ),
    wanted: { status: 302, matches: { 'set-cookie': cookieSent } },
  },
])

const heads: readonly ExpressRow[] = [
  {
    name: 'on-headers outside sees the compressed head, and adds to it',
    build: (express, middleware, note) =>
      express()
        .use((_, res, next) => {
          onHeaders(res, function () {
            note(String(this.getHeader('content-encoding')))
            this.setHeader('X-Late', 'yes')
          })
          next()
        })
        .use(middleware)
        .get('/', (_, res) => res.json(item)),
    wanted: { ...coded(itemText, { 'x-late': 'yes' }), noted: ['gzip'] },
  },
  {
    name: 'on-headers behind sees the head of the app, and adds to it',
    build: app((it, note) =>
      it
        .use((_, res, next) => {
          onHeaders(res, function () {
            note(`${this.statusCode} ${this.getHeader('content-encoding')}`)
            this.setHeader('X-Late', 'yes')
          })
          next()
        })
        .get('/', (_, res) => res.status(201).json(item)),
    ),
    wanted: { status: 201, ...coded(itemText, { 'x-late': 'yes' }), noted: ['201 undefined'] },
  },
  {
    name: 'on-headers outside and behind run from the inside out, once each',
    build: (express, middleware, note) => {
      const layer =
        (name: string): Layer =>
        (_, res, next) => {
          onHeaders(res, () => note(name))
          next()
        }
      return express()
        .use(layer('outside'), middleware, layer('behind'))
        .get('/', (_, res) => {
          res.type('html').write(page)
          setImmediate(() => res.end())
        })
    },
    wanted: { ...coded(page), noted: ['behind', 'outside'] },
  },
  {
    name: 'on-headers behind may change the status and take a type away',
    build: app((it) =>
      it
        .use((_, res, next) => {
          onHeaders(res, function () {
            this.statusCode = 203
            this.setHeader('Content-Type', 'image/png')
          })
          next()
        })
        .get('/', (_, res) => res.json(item)),
    ),
    wanted: { status: 203, varies: false, content: itemText },
  },
  {
    name: 'a logger hears the end once, with status and length',
    build: (express, middleware, note) =>
      express()
        .use((_, res, next) => {
          res.on('finish', () => note(`finish ${res.statusCode} ${res.headersSent}`))
          onFinished(res, (error) => note(`on-finished ${error}`))
          next()
        })
        .use(middleware)
        .get('/', (_, res) => res.status(202).json(item)),
    wanted: { status: 202, ...coded(itemText), noted: ['finish 202 true', 'on-finished null'] },
  },
]

const errors: readonly ExpressRow[] = [
  {
    name: 'next(error) before the head is the error page of Express',
    build: app((it) =>
      it.get('/', (_req, _res, next) =>
        next(Object.assign(new Error('broken'), { status: 503, stack: 'broken' })),
      ),
    ),
    wanted: { status: 503, fields: { 'x-content-type-options': 'nosniff' } },
  },
  {
    name: 'an error that is thrown goes to the error handler of the app',
    build: app((it) =>
      it
        .get('/', () => {
          throw new Error('broken')
        })
        .use((error: Error, _req: unknown, res: ExpressResponse, _next: unknown) =>
          res.status(502).json({ ...item, error: error.message }),
        ),
    ),
    wanted: { status: 502, ...coded(JSON.stringify({ ...item, error: 'broken' })) },
  },
  {
    name: 'fields that the app had set before the error stay',
    build: app((it) =>
      it
        .get('/', (_, res, next) => {
          res.set('X-Set', 'yes')
          next(new Error('broken'))
        })
        .use((_error: Error, _req: unknown, res: ExpressResponse, _next: unknown) =>
          res.status(500).json(item),
        ),
    ),
    wanted: { status: 500, ...coded(itemText, { 'x-set': 'yes' }) },
  },
  {
    name: 'an error handler in front of the middleware answers an error from behind it',
    build: (express, middleware) =>
      express()
        .use(middleware)
        .get('/', (_req, _res, next) => next(new Error('broken')))
        .use((_error: Error, _req: unknown, res: ExpressResponse, _next: unknown) =>
          res.status(500).send('sorry'),
        ),
    wanted: { status: 500, content: 'sorry' },
  },
]

const mounts: readonly ExpressRow[] = [
  {
    name: 'a sub-app behind it, which gives the response another prototype',
    target: '/sub/a',
    build: app((it, note, express) =>
      it.use(
        '/sub',
        express().get('/a', (req, res) => {
          note(`${req.url} ${req.originalUrl}`)
          res.json(item)
        }),
      ),
    ),
    wanted: { ...coded(itemText), noted: ['/a /sub/a'] },
  },
  {
    name: 'it in a sub-app',
    target: '/sub/a',
    build: (express, middleware) =>
      express().use(
        '/sub',
        express()
          .use(middleware)
          .get('/a', (_, res) => res.json(item)),
      ),
    wanted: coded(itemText),
  },
  {
    name: 'it in a sub-app that passes the request back to the app',
    target: '/sub/b',
    build: (express, middleware) =>
      express()
        .use('/sub', express().use(middleware))
        .get('/sub/b', (_, res) => res.json(item)),
    wanted: coded(itemText),
  },
  {
    name: 'it in an app and again in its router',
    target: '/r/a',
    build: app((it, _, express) =>
      it.use(
        '/r',
        express.Router().get('/a', (_, res) => res.json(item)),
      ),
    ),
    wanted: coded(itemText),
  },
  {
    name: 'it on one route',
    build: (express, middleware) => express().get('/', middleware, (_, res) => res.json(item)),
    wanted: coded(itemText),
  },
  {
    name: 'a handler that answers in a promise',
    build: app((it) =>
      it.get('/', async (_, res) => {
        await new Promise((resolve) => setImmediate(resolve))
        res.json(item)
      }),
    ),
    wanted: coded(itemText),
  },
]

export const answers: readonly ExpressRow[] = [
  ...bodies,
  ...others,
  ...validators,
  ...sessions,
  ...heads,
  ...errors,
  ...mounts,
]
