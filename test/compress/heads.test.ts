// ETag and Vary of whatever a resource behind compress() answers, beside those of the 200 to a GET of it.
// RFC 9110 8.8.3 ETag, 9.3.2 HEAD, 12.5.5 Vary, 15.3.7 206, 15.4.5 304.
import { compress } from '@sluice/compress'
import { empty, html, stack, stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requestOf } from '../support/server/request.ts'
import { request, serving } from '../support/server/serving.ts'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Site } from '../support/server/serving.ts'

const tag = '"v1"'
const etag = { etag: tag }

/** A resource, and what compress() does with the 200 to a GET that accepts gzip. */
interface Resource {
  readonly name: string
  readonly type: string
  readonly content: string
  readonly headers: { readonly vary?: string; readonly 'cache-control'?: string }
}

const resources: readonly Resource[] = [
  { name: 'a page', type: 'text/html', content: 'a page. '.repeat(500), headers: {} },
  {
    name: 'a page that varies',
    type: 'text/html',
    content: 'a page. '.repeat(500),
    headers: { vary: 'cookie' },
  },
  { name: 'a small page', type: 'text/html', content: 'a page', headers: {} },
  { name: 'an image', type: 'image/png', content: 'an image. '.repeat(500), headers: {} },
  {
    name: 'a page that says no-transform',
    type: 'text/html',
    content: 'a page. '.repeat(500),
    headers: { 'cache-control': 'no-transform' },
  },
]

/** One way to answer, and how its fields stand to those of the 200. */
interface Answer {
  readonly name: string
  readonly method: string
  /** Whether the client revalidates: it has the tag of the 200. */
  readonly revalidates?: boolean
  readonly answer: (resource: Resource, all: HttpResponse) => HttpResponse
  /** `same`: as the 200. `stored`: strong, since it is the tag of uncoded bytes. */
  readonly etag: 'same' | 'stored'
  /**
   * `more`: it may name accept-encoding where that of the 200 does not, since the answer does not tell the type, or the length.
   * `own`: it is about the content of the answer, which is another.
   */
  readonly vary: 'same' | 'more' | 'own'
}

const answers: readonly Answer[] = [
  { name: '200', method: 'GET', answer: (_, all) => all, etag: 'same', vary: 'same' },
  {
    name: 'HEAD that is answered as a GET',
    method: 'HEAD',
    answer: (_, all) => all,
    etag: 'same',
    vary: 'same',
  },
  {
    name: 'HEAD with a length and no content',
    method: 'HEAD',
    answer: ({ type, content, headers }) =>
      stream('', {
        headers: { ...headers, ...etag, 'content-type': type, 'content-length': content.length },
      }),
    etag: 'same',
    vary: 'same',
  },
  {
    name: '304 with the fields of the 200',
    method: 'GET',
    revalidates: true,
    answer: ({ type, content, headers }) =>
      empty({
        status: 304,
        headers: { ...headers, ...etag, 'content-type': type, 'content-length': content.length },
      }),
    etag: 'same',
    vary: 'same',
  },
  {
    name: '304 with the type',
    method: 'GET',
    revalidates: true,
    answer: ({ type, headers }) =>
      empty({ status: 304, headers: { ...headers, ...etag, 'content-type': type } }),
    etag: 'same',
    vary: 'more',
  },
  {
    name: '304 with the tag alone',
    method: 'GET',
    revalidates: true,
    answer: ({ headers }) => empty({ status: 304, headers: { ...headers, ...etag } }),
    etag: 'same',
    vary: 'more',
  },
  {
    name: '304 to HEAD',
    method: 'HEAD',
    revalidates: true,
    answer: ({ headers }) => empty({ status: 304, headers: { ...headers, ...etag } }),
    etag: 'same',
    vary: 'more',
  },
  {
    name: '206',
    method: 'GET',
    answer: ({ type, content, headers }) =>
      stream(content.slice(0, 2), {
        status: 206,
        headers: {
          ...headers,
          ...etag,
          'content-type': type,
          'content-range': `bytes 0-1/${content.length}`,
        },
      }),
    etag: 'stored',
    vary: 'same',
  },
  {
    name: '206 of several ranges',
    method: 'GET',
    answer: ({ headers }) =>
      stream('--a--', {
        status: 206,
        headers: { ...headers, ...etag, 'content-type': 'multipart/byteranges; boundary=a' },
      }),
    etag: 'stored',
    vary: 'more',
  },
  {
    name: '204 to PUT',
    method: 'PUT',
    answer: ({ headers }) => empty({ headers: { ...headers, ...etag } }),
    etag: 'stored',
    vary: 'own',
  },
  {
    name: '412 to PUT',
    method: 'PUT',
    answer: ({ headers }) => html('changed', { status: 412, headers: { ...headers, ...etag } }),
    etag: 'stored',
    vary: 'own',
  },
  {
    name: '200 to PUT, with content',
    method: 'PUT',
    answer: ({ content, headers }) => html(content, { headers: { ...headers, ...etag } }),
    etag: 'stored',
    vary: 'own',
  },
]

const heads = suite('compress: a head beside that of the 200')

const strong = (found: string | undefined) => found?.replace(/^W\//, '')

const fieldsOf = async (site: Site, method: string, ...lines: readonly string[]) => {
  const { fields } = await site.ask(request(method, '/', ...lines))
  return { etag: fields.get('etag'), vary: fields.get('vary') }
}

for (const resource of resources)
  for (const accept of ['gzip', 'br;q=0.5, gzip', 'identity', 'gzip, identity;q=0'])
    for (const { name, method, revalidates = false, answer, etag, vary } of answers)
      heads(
        `${resource.name}, accept-encoding ${accept}: ${name}`,
        serving(async (start) => {
          const { type, content, headers } = resource
          const all = () =>
            stream(content, { headers: { ...headers, etag: tag, 'content-type': type } })
          let isAsked = false
          const app: Handler = (_: HttpRequest) => (isAsked ? answer(resource, all()) : all())
          const site = await start(stack(compress())(app))
          const line = `accept-encoding: ${accept}`
          const wanted = await fieldsOf(site, 'GET', line)
          isAsked = true
          const known = revalidates ? [`if-none-match: ${wanted.etag}`] : []
          const found = await fieldsOf(site, method, line, ...known)
          assert.is(found.etag, etag === 'same' ? wanted.etag : strong(wanted.etag))
          const named = [...(headers.vary === undefined ? [] : [headers.vary]), 'accept-encoding']
          const more = named.join(', ')
          if (vary === 'same') assert.is(found.vary, wanted.vary)
          else if (vary === 'own') assert.ok([headers.vary, more].includes(found.vary), found.vary)
          else assert.ok([wanted.vary, more].includes(found.vary), found.vary)
        }),
      )

for (const { name, known, wanted } of [
  { name: 'coded', known: 'W/"v1"', wanted: ['content-type', 'etag', 'vary'] },
  {
    name: 'uncoded',
    known: tag,
    wanted: ['accept-ranges', 'content-length', 'content-type', 'etag', 'repr-digest', 'vary'],
  },
])
  heads(`a 304 to a client that has it ${name} has the fields of the 200 that it got`, async () => {
    const app: Handler = stack(compress())(() =>
      html('', {
        status: 304,
        headers: {
          ...etag,
          'content-length': 5000,
          'accept-ranges': 'bytes',
          'repr-digest': 'sha-256=:x:',
        },
      }),
    )
    const asked = { 'accept-encoding': 'gzip', 'if-none-match': known }
    const { headers } = await app(requestOf({ headers: asked }))
    assert.equal([...headers].map(([field]) => field).sort(), wanted)
  })

/** Of one page: what the 200 to a GET that accepts gzip has the tag W/"v1" for. */
const page = (answer: HttpResponse) => stack(compress())(() => answer)
const accepting = ['accept-encoding: gzip']

for (const { name, method, answer, lines, wanted } of [
  {
    name: 'a HEAD without content and without a length',
    method: 'HEAD',
    answer: () => html('', { headers: etag }),
    lines: [],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 304 to a client that has no tag',
    method: 'GET',
    answer: () => empty({ status: 304, headers: etag }),
    lines: ['if-modified-since: Thu, 01 Jan 1970 00:00:00 GMT'],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 304 to a client that has it coded and uncoded',
    method: 'GET',
    answer: () => empty({ status: 304, headers: etag }),
    lines: ['if-none-match: "v1", W/"v1"'],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 304 to a client that has it uncoded, and another one coded',
    method: 'GET',
    answer: () => empty({ status: 304, headers: etag }),
    lines: ['if-none-match: W/"v0", "v1"'],
    wanted: { etag: '"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 304 whose tag is weak',
    method: 'GET',
    answer: () => empty({ status: 304, headers: { etag: 'W/"v1"' } }),
    lines: ['if-none-match: W/"v1"'],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 412 to GET, whose content is small and of another type',
    method: 'GET',
    answer: () => stream('no', { status: 412, headers: { ...etag, 'content-type': 'image/png' } }),
    lines: ['if-match: "v0"'],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 206 of a length that is not known',
    method: 'GET',
    answer: () => html('no', { status: 206, headers: { ...etag, 'content-range': 'bytes 0-1/*' } }),
    lines: ['range: bytes=0-1'],
    wanted: { etag: '"v1"', vary: 'accept-encoding' },
  },
  {
    name: 'a 200 to POST whose content is that of its Content-Location',
    method: 'POST',
    answer: () => html('a page. '.repeat(500), { headers: { ...etag, 'content-location': '/' } }),
    lines: ['content-length: 0'],
    wanted: { etag: 'W/"v1"', vary: 'accept-encoding' },
  },
] as const)
  heads(
    name,
    serving(async (start) => {
      const site = await start(page(answer()))
      assert.equal(await fieldsOf(site, method, ...accepting, ...lines), wanted)
    }),
  )

heads.run()
