// @slow 9
// The example of a form with files, with clients that send what they should and what they should not.
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { data, readBytes, reader, readText } from '@sluice/body'
import { request as requestOf } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formParts } from '../../examples/form-upload/form-parts.ts'
import { progressBoard } from '../../examples/form-upload/progress.ts'
import { folder } from '../../examples/form-upload/store.ts'
import { codeOf } from '../support/code-of.ts'
import { cuts } from '../support/parsing/cuts.ts'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { readContent, readHead, readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { Data } from '@sluice/body'
import type { CheckedFile } from '../../examples/form-upload/store.ts'
import type { RawClient } from '../support/server/raw-client.ts'

const example: typeof import('../../examples/form-upload/app.ts') = await import(
  await compiledExample('form-upload')
)

const limits = { maxBytes: 2_000_000, maxFiles: 2, maxFields: 3, maxFieldBytes: 100, maxForms: 2 }

/** A PNG to its first bytes, and then of no meaning. */
const png = (byteLength: number): Buffer =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(byteLength - 8)])

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Sent {
  readonly name: string
  readonly content: string | Uint8Array
  /** Makes it a file. */
  readonly fileName?: string
}

/** A form as browsers send it. */
const formOf = (parts: readonly Sent[], end = '--x--\r\n'): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ name, content, fileName }) => [
      Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"`),
      Buffer.from(fileName === undefined ? '' : `; filename="${fileName}"`),
      Buffer.from('\r\n\r\n'),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(end),
  ])

const head = (byteLength: number, ...lines: readonly string[]): string =>
  request(
    'POST',
    '/form-upload/mine',
    'content-type: multipart/form-data; boundary=x',
    `content-length: ${byteLength}`,
    ...lines,
  )

const send = (client: RawClient, form: Uint8Array): void => {
  client.send(head(form.length))
  client.send(form)
}

const file = (content: Uint8Array, fileName = 'a.png'): Sent => ({
  name: 'file',
  content,
  fileName,
})

/** A `save` that reads what it gets. */
const saving = () => {
  const saved: (Omit<CheckedFile, 'body'> & { readonly bytes: Uint8Array })[] = []
  const save = async ({ body, ...rest }: CheckedFile) => {
    saved.push({ ...rest, bytes: await readBytes(body, { maxBytes: 10_000_000 }) })
  }
  return { saved, save }
}

/** Temporary files that are open, where that can be seen: they have no names. */
const temporaryFiles = (): number => {
  if (process.platform !== 'linux') return 0
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).includes('/sluice-')
    } catch {
      return false
    }
  }).length
}

const uploads = suite('examples: form-upload')

uploads('files and digests arrive, however the form is cut', async () => {
  const { saved, save } = saving()
  const app = example.formUpload(save, limits)
  const files = [png(40), Buffer.from('%PDF-1.7')]
  const form = formOf([
    { name: 'sha256', content: sha256(files[0] ?? png(8)) },
    ...files.map((content) => file(content, 'a"b')),
    { name: 'sha256', content: '' },
  ])
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  for (const { name, pieces } of cuts(form)) {
    const asked = requestOf('/form-upload', { method: 'POST', headers, body: pieces })
    const { status, body } = await app(asked)
    const answer = await readText(body)
    assert.is(status, 200, `${name}: ${answer}`)
    for (const content of files) {
      const taken = saved.shift()
      assert.equal(Buffer.from(taken?.bytes ?? []), content)
      assert.is(taken?.byteLength, content.length)
      assert.is(taken?.sha256, sha256(content))
      assert.match(answer, `${content.length} bytes, sha256 ${sha256(content)}\n`)
    }
  }
  assert.is(saved.length, 0)
})

uploads(
  'a file of more than memory is to hold arrives, and is let go of',
  serving(async (start) => {
    const { saved, save } = saving()
    const site = await start(example.formUpload(save, limits))
    const content = png(1_500_000)
    const client = await site.connect()
    send(client, formOf([file(content)]))
    assert.is((await readResponse(client, 'POST')).status, 200)
    assert.equal(Buffer.from(saved[0]?.bytes ?? []), content)
    assert.is(temporaryFiles(), 0)
  }),
)

uploads(
  'those that watch see how much has arrived before more is sent, and how it ended',
  serving(async (start) => {
    const site = await start(example.formUpload(undefined, limits))
    const [watcher, other] = [await site.connect(), await site.connect()]
    watcher.send(get('/form-upload/mine'))
    other.send(get('/form-upload/other', 'accept: text/html'))
    await watcher.takeTo('Waiting for files.\n')
    const form = formOf([file(png(100_000))])
    const client = await site.connect()
    client.send(head(form.length))
    for (const [from, to] of [
      [0, 10_000],
      [10_000, 50_000],
      [50_000, form.length],
    ] as const) {
      client.send(form.subarray(from, to))
      await watcher.takeTo(`: ${to} of ${form.length} bytes\n`)
    }
    await watcher.takeTo(`All has arrived: ${form.length} of ${form.length} bytes\n`)
    assert.is((await readResponse(client, 'POST')).status, 200)
    assert.match(other.text, 'Waiting for files.')
    assert.not.match(other.text, 'arrived')
  }),
)

uploads('one that watches and does not read is queued for with one line: the latest', async () => {
  const board = progressBoard(limits.maxBytes)
  const asked = requestOf('/form-upload/mine', { body: ['one', 'two', 'three'] })
  const page = reader(board.watch('mine', asked.client, false).body)
  const lines: (string | undefined)[] = [await page.readLine()]
  const pending = page.readLine()
  const meter = board.meter('mine', asked)
  const { body } = meter.count(asked)
  await readText(body)
  lines.push(await pending)
  for (const how of ['first', 'second', 'last']) meter.end(how)
  lines.push(await page.readLine())
  assert.equal(lines, ['Waiting for files.', 'The form: 3 bytes', 'last: 11 bytes'])
  await page.close()
})

uploads(
  'a page of progress ends in order when the server closes',
  serving(async (start) => {
    const site = await start(example.formUpload())
    const watcher = await site.connect()
    watcher.send(get('/form-upload/mine'))
    const begun = await readHead(watcher)
    await watcher.takeTo('Waiting for files.\n\r\n')
    const closed = site.server.close({ graceMs: 60_000 })
    assert.is((await readContent(watcher, begun)).content, '')
    await closed
  }),
)

uploads(
  'wrong first bytes are refused when they have come, and the connection ends before the rest is sent',
  serving(async (start) => {
    const { saved, save } = saving()
    const site = await start(example.formUpload(save, limits))
    const client = await site.connect()
    const begin = formOf([file(png(100)), file(Buffer.from('GIF89a......'), 'b.png')], '')
    client.send(head(1_999_999))
    client.send(begin.subarray(0, -3))
    // Eleven bytes of the second file: twelve are looked at.
    await site.standstill(() => client.receivedBytes)
    assert.is(client.receivedBytes, 0)
    client.send('..')
    const answer = await readResponse(client, 'POST')
    assert.is(answer.status, 415)
    assert.is(answer.fields.get('connection'), 'close')
    assert.match(answer.content, 'it begins with 47 49 46 38 39 61 2e 2e 2e 2e 2e 2e, wanted a PNG')
    assert.is(await client.ending, 'end')
    assert.equal(saved, [])
    assert.equal(site.told, [])
  }),
)

for (const { name, parts, wanted } of [
  { name: 'an empty file', parts: [file(Buffer.alloc(0))], wanted: 'it begins with nothing' },
  {
    name: 'a PNG of seven bytes',
    parts: [file(png(8).subarray(0, 7))],
    wanted: '89 50 4e 47 0d 0a 1a,',
  },
  {
    name: 'a RIFF file that is no WebP',
    parts: [file(Buffer.from('RIFF1234WAVE'))],
    wanted: '52 49 46 46 31 32 33 34 57 41 56 45, wanted a PNG, JPEG, WebP, PDF or gzip file',
  },
  {
    name: 'a WebP without its last byte',
    parts: [file(Buffer.from('RIFF1234WEB'))],
    wanted: '52 49 46 46 31 32 33 34 57 45 42,',
  },
  {
    name: 'a script that is called a PNG',
    parts: [file(Buffer.from('<script>'))],
    wanted: '3c 73 63',
  },
])
  uploads(
    `${name} is refused`,
    serving(async (start) => {
      const site = await start(example.formUpload(undefined, limits))
      const client = await site.connect()
      send(client, formOf(parts))
      const answer = await readResponse(client, 'POST')
      assert.is(answer.status, 415)
      assert.match(answer.content, wanted)
    }),
  )

for (const { begin, type } of [
  { begin: 'ffd8ff', type: 'image/jpeg' },
  { begin: '52494646000000ff57454250', type: 'image/webp' },
  { begin: '255044462d', type: 'application/pdf' },
  { begin: '1f8b08', type: 'application/gzip' },
])
  uploads(
    `${type} is known by its first bytes, and these are enough`,
    serving(async (start) => {
      const site = await start(example.formUpload(undefined, limits))
      const client = await site.connect()
      send(client, formOf([file(Buffer.from(begin, 'hex'))]))
      const answer = await readResponse(client, 'POST')
      assert.match(answer.content, `a.png: ${type}, ${begin.length / 2} bytes, `)
    }),
  )

for (const { name, digests, status } of [
  { name: 'right digests, in order and in capitals, are', digests: ['a', 'B'], status: 200 },
  { name: 'one that is not sent is', digests: ['', 'b'], status: 200 },
  { name: 'digests in the wrong order are not', digests: ['b', 'a'], status: 422 },
  { name: 'a wrong one of the second file is not', digests: ['a', 'c'], status: 422 },
  { name: 'one of no file is not', digests: ['a', 'b', 'c'], status: 422 },
])
  uploads(
    `${name} taken`,
    serving(async (start) => {
      const { saved, save } = saving()
      const site = await start(example.formUpload(save, limits))
      // The second one is spooled to a file.
      const files = { a: png(20), b: png(100_000) }
      const digestOf = (letter: string) => {
        if (letter === 'a') return sha256(files.a)
        if (letter === 'b') return sha256(files.b)
        return letter === 'B' ? sha256(files.b).toUpperCase() : letter && sha256(png(9))
      }
      const sent = digests.map((letter) => ({ name: 'sha256', content: digestOf(letter) }))
      const client = await site.connect()
      send(client, formOf([...sent, file(files.a), file(files.b)]))
      const answer = await readResponse(client, 'POST')
      assert.is(answer.status, status, answer.content)
      if (status !== 200) assert.match(answer.content, /^Cannot take file \d: its sha256 is /)
      assert.is(saved.length, status === 200 ? 2 : 0)
      assert.is(temporaryFiles(), 0)
    }),
  )

const field = (byteLength: number): Sent => ({ name: 'a', content: 'x'.repeat(byteLength) })
const times = <T>(count: number, value: T): readonly T[] =>
  Array.from({ length: count }, () => value)
const small = file(png(10))

for (const { name, parts, status } of [
  { name: 'two files are taken', parts: times(2, small), status: 200 },
  { name: 'a third file is refused', parts: times(3, small), status: 413 },
  { name: 'three fields are taken', parts: [small, ...times(3, field(1))], status: 200 },
  { name: 'a fourth field is refused', parts: times(4, field(1)), status: 413 },
  { name: 'a field of 100 bytes is taken', parts: [small, field(100)], status: 200 },
  { name: 'a field of 101 bytes is refused', parts: [field(101)], status: 413 },
  { name: 'a form over its bytes is refused', parts: [file(png(2_000_000))], status: 413 },
])
  for (const isChunked of [false, true])
    uploads(
      `${name}${isChunked ? ', in chunks' : ''}`,
      serving(async (start) => {
        const { saved, save } = saving()
        const site = await start(example.formUpload(save, limits))
        const form = formOf(parts)
        const client = await site.connect()
        if (isChunked) {
          const type = 'content-type: multipart/form-data; boundary=x'
          client.send(request('POST', '/form-upload', type, 'transfer-encoding: chunked'))
          client.send(`${form.length.toString(16)}\r\n`)
          client.send(form)
          client.send('\r\n0\r\n\r\n')
        } else send(client, form)
        const answer = await readResponse(client, 'POST')
        assert.is(answer.status, status, answer.content)
        if (status !== 200) {
          assert.match(
            answer.content,
            /^Cannot take the form: found more than |^Cannot take the form: found a longer field than /,
          )
          assert.is(answer.fields.get('connection'), 'close')
          assert.equal(saved, [])
        }
        assert.is(temporaryFiles(), 0)
      }),
    )

uploads(
  'a form whose length says that it is too large is refused before it is sent',
  serving(async (start) => {
    const site = await start(example.formUpload(undefined, limits))
    const client = await site.connect()
    client.send(head(2_000_001, 'expect: 100-continue'))
    const refused = await readResponse(client, 'POST')
    assert.is(refused.status, 413)
    assert.match(refused.content, /^Cannot take the form: found more than 2000000 bytes\n$/)
  }),
)

const formType = 'content-type: multipart/form-data'

for (const { name, type, status, wanted = '' } of [
  { name: 'another content type', type: 'content-type: text/plain', status: 415 },
  { name: 'no content type', type: 'x: y', status: 415 },
  {
    name: 'no boundary',
    type: `${formType}; a=b`,
    status: 400,
    wanted: 'found no boundary, wanted 1 to 70 letters',
  },
  { name: 'no parameter', type: formType, status: 400, wanted: 'found no boundary' },
  { name: 'an empty boundary', type: `${formType}; boundary=""`, status: 400 },
  {
    name: 'a boundary of 71 characters',
    type: `${formType}; boundary=${'y'.repeat(71)}`,
    status: 400,
    wanted: 'found a boundary of 71 characters, wanted 1 to 70 letters',
  },
])
  uploads(
    `${name} is refused`,
    serving(async (start) => {
      const site = await start(example.app)
      const answer = await site.ask(request('POST', '/form-upload', type, 'content-length: 0'))
      assert.is(answer.status, status)
      assert.match(answer.content, /^Cannot read the form: /)
      assert.match(answer.content, wanted)
    }),
  )

for (const boundary of [`"${'y'.repeat(70)}"`, '"a \'b=(c)/d:e?"', '----a_b+c.d'])
  uploads(
    `a form with the boundary ${boundary} is taken`,
    serving(async (start) => {
      const site = await start(example.formUpload(undefined, limits))
      const form = formOf([small])
        .toString('latin1')
        .replaceAll('--x', () => `--${boundary.replaceAll('"', '')}`)
      const type = `${formType}; boundary=${boundary}`
      const client = await site.connect()
      client.send(request('POST', '/form-upload', type, `content-length: ${form.length}`))
      client.send(Buffer.from(form, 'latin1'))
      assert.is((await readResponse(client, 'POST')).status, 200)
    }),
  )

uploads(
  'a form without a file is refused',
  serving(async (start) => {
    const site = await start(example.formUpload(undefined, limits))
    for (const form of [formOf([]), formOf([field(1)])]) {
      const client = await site.connect()
      send(client, form)
      const answer = await readResponse(client, 'POST')
      assert.is(answer.status, 422)
      assert.match(answer.content, 'Cannot take the form: found no file')
    }
  }),
)

const disposition = 'content-disposition: form-data; name="file"'
const named = `${disposition}; filename="b.png"`
const filler = (byteLength: number): string => `x: ${'h'.repeat(byteLength - 5)}\r\n`

for (const { name, headers, status } of [
  { name: '4 KiB of', headers: filler(4092 - named.length) + named, status: 200 },
  { name: 'many', headers: 'a:\r\n'.repeat(900) + named, status: 200 },
  { name: 'repeated', headers: `${named}\r\n${named}`, status: 200 },
  { name: 'more than 4 KiB of', headers: filler(4097 - named.length) + named, status: 413 },
  { name: '16 KiB of', headers: filler(16_000) + named, status: 413 },
  { name: '2,500', headers: 'x: y\r\n'.repeat(2500) + named, status: 413 },
  { name: 'no', headers: '', status: 400 },
  { name: 'no disposition among its', headers: 'content-type: image/png', status: 400 },
  { name: 'an attachment in its', headers: named.replace('form-data', 'attachment'), status: 400 },
  {
    name: 'a line end in the name in its',
    headers: `${disposition}; filename*=UTF-8''a%0ay`,
    status: 400,
  },
  { name: 'no name in its', headers: named.replace('name="file"; ', ''), status: 400 },
  { name: 'a line without a colon in its', headers: `wrong\r\n${named}`, status: 400 },
  { name: 'a delimiter in its', headers: `a: b\r\n--x\r\n${named}`, status: 400 },
])
  uploads(`a part with ${name} headers is answered with ${status}, however it is cut`, async () => {
    const { saved, save } = saving()
    const app = example.formUpload(save, limits)
    const end = `\r\n--x\r\n${headers}\r\n\r\n${png(9).toString('latin1')}\r\n--x--\r\n--x\r\n`
    const form = Buffer.concat([formOf([small], '').subarray(0, -2), Buffer.from(end, 'latin1')])
    const fields = { 'content-type': 'multipart/form-data; boundary=x' }
    // At every place, if there are not too many.
    for (const { name: cut, pieces } of cuts(form).slice(0, form.length < 500 ? undefined : 4)) {
      const asked = requestOf('/form-upload', { method: 'POST', headers: fields, body: pieces })
      const answer = await app(asked)
      const content = await readText(answer.body)
      assert.is(answer.status, status, `${cut}: ${content}`)
      if (status !== 200) assert.match(content, /^Cannot (read|take) the form: found /)
    }
    assert.is(saved.length % 2, 0)
    assert.is(saved.length > 0, status === 200)
  })

uploads('a loop over the parts that is left early closes the request', async () => {
  const closed = deferred()
  const frames = [data(formOf([small, file(png(100_000))]))]
  const body: AsyncIterableIterator<Data> = {
    [Symbol.asyncIterator]: () => body,
    next() {
      const value = frames.shift()
      return value === undefined ? new Promise(() => {}) : Promise.resolve({ value })
    },
    async return() {
      closed.resolve()
      return { done: true, value: undefined }
    },
  }
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const asked = requestOf('/form-upload', { method: 'POST', headers, body })
  for await (const part of formParts(asked, limits)) {
    assert.is(part.kind, 'file')
    break
  }
  await within(10_000, closed.promise)
})

const cutForms = (() => {
  const whole = formOf([small, field(5), file(png(100_000))])
  const places = [0, 10, 60, 80, 110, 150, 220, 300, 90_000, whole.length - 8]
  return places.map((place) => whole.subarray(0, place))
})()

uploads(
  'a form that ends too early is an error wherever it ends, and no file is taken',
  serving(async (start) => {
    const { saved, save } = saving()
    const site = await start(example.formUpload(save, limits))
    for (const form of cutForms) {
      const client = await site.connect()
      send(client, form)
      const answer = await readResponse(client, 'POST')
      const [status, message] = [400, /^Cannot (read the form|take the file): /]
      // An end within its first bytes is a file of another type.
      assert.ok([status, 415].includes(answer.status), `${form.length}: ${answer.status}`)
      assert.match(answer.content, message)
    }
    assert.equal(saved, [])
    assert.is(temporaryFiles(), 0)
    assert.equal(site.told, [])
  }),
)

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  uploads(
    `a page of progress ends when its client leaves by ${how}, not at the next heartbeat`,
    serving(async (start) => {
      const site = await start(example.formUpload())
      const watcher = await site.connect()
      watcher.send(get('/form-upload/mine'))
      await watcher.takeTo('Waiting for files.\n')
      watcher[how]()
      await site.until(() => site.server.connections === 0, 'the end of the connection')
      assert.equal(site.told, [])
    }),
  )

for (const how of ['reset', 'destroy', 'halfClose'] as const)
  uploads(
    `a client that leaves in the middle by ${how} leaves nothing behind, wherever it was`,
    serving(async (start) => {
      const { saved, save } = saving()
      const site = await start(example.formUpload(save, limits))
      const watcher = await site.connect()
      watcher.send(get('/form-upload/mine'))
      await watcher.takeTo('Waiting for files.\n')
      for (const form of cutForms.slice(1)) {
        const client = await site.connect()
        client.send(head(1_000_000))
        client.send(form)
        await watcher.takeTo(` of 1000000 bytes\n`)
        client[how]()
        await watcher.takeTo('Broken off: ')
        await site.until(() => site.server.connections === 1 || how === 'halfClose', 'its end')
      }
      assert.equal(saved, [])
      await site.until(() => temporaryFiles() === 0, 'the temporary files to be closed')
      assert.equal(site.told, [])
    }),
  )

uploads(
  'more forms at once than may be are refused, and taken when others have ended',
  serving(async (start) => {
    const site = await start(example.formUpload(undefined, limits))
    const form = formOf([small])
    const slow = [await site.connect(), await site.connect()]
    for (const client of slow) client.send(head(form.length, 'expect: 100-continue'))
    for (const client of slow) await client.takeTo('100 Continue\r\n\r\n')
    const third = await site.connect()
    third.send(head(form.length, 'expect: 100-continue'))
    const refused = await readResponse(third, 'POST')
    assert.is(refused.status, 503)
    assert.is(refused.fields.get('retry-after'), '10')
    slow[0]?.reset()
    await site.until(() => site.server.connections < 3, 'the first to leave')
    for (const client of [await site.connect(), slow[1]]) {
      if (client !== slow[1]) client?.send(head(form.length))
      client?.send(form)
      if (client !== undefined) assert.is((await readResponse(client, 'POST')).status, 200)
    }
  }),
)

uploads(
  'a store keeps files under their digests; one that fails is a 500, and nothing of it stays',
  serving(async (start) => {
    const { folder: dir, discard } = scratchFolder(tmpdir(), 'uploads-')
    try {
      const site = await start(example.formUpload(folder(join(dir, 'kept')), limits))
      const [one, two] = [png(20), png(300_000)]
      const client = await site.connect()
      send(client, formOf([file(one, '../../etc/passwd'), file(two)]))
      assert.is((await readResponse(client, 'POST')).status, 200)
      for (const content of [one, two])
        assert.equal(readFileSync(join(dir, 'kept', `${sha256(content)}.png`)), content)
      assert.is(readdirSync(join(dir, 'kept')).length, 2)

      writeFileSync(join(dir, 'file'), '')
      const broken = await start(example.formUpload(folder(join(dir, 'file')), limits))
      const other = await broken.connect()
      send(other, formOf([file(two)]))
      const answer = await readResponse(other, 'POST')
      assert.is(answer.status, 500)
      assert.is(answer.content, '')
      assert.equal(broken.told.map(codeOf), ['EEXIST'])
      assert.is(temporaryFiles(), 0)
    } finally {
      discard()
    }
  }),
)

uploads(
  'a store that fails in the middle leaves no part of a file',
  serving(async (start) => {
    const { folder: dir, discard } = scratchFolder(tmpdir(), 'uploads-')
    const keep = folder(dir)
    async function* failing() {
      yield { kind: 'data', bytes: new Uint8Array(10) } as const
      throw new Error('the disk is gone')
    }
    const site = await start(
      example.formUpload((checked) => keep({ ...checked, body: failing() }), limits),
    )
    const client = await site.connect()
    send(client, formOf([file(png(300_000))]))
    assert.is((await readResponse(client, 'POST')).status, 500)
    assert.equal(readdirSync(dir), [])
    discard()
  }),
)

uploads(
  'a GET is a form with an address of its own, other methods are refused, and names are escaped',
  serving(async (start) => {
    const site = await start(example.formUpload(undefined, limits))
    const pages = [await site.ask(get('/form-upload')), await site.ask(get('/form-upload'))]
    const [one, two] = pages.map(({ content }) => /action="([^"]+)"/.exec(content)?.[1])
    assert.match(one ?? '', /^\/form-upload\/[-0-9a-f]{36}$/)
    assert.is.not(one, two)
    assert.match(
      pages[0]?.content ?? '',
      'PNG, JPEG, WebP, PDF or gzip files: 2 at most, of 1 MiB together',
    )
    const refused = await site.ask(request('DELETE', '/form-upload'))
    assert.is(refused.status, 405)
    assert.is(refused.fields.get('allow'), 'GET, HEAD, POST')
    const client = await site.connect()
    const form = formOf([file(png(10), '<b>&.png')])
    client.send(head(form.length, 'accept: text/html'))
    client.send(form)
    assert.match((await readResponse(client, 'POST')).content, '&lt;b&gt;&amp;.png: image/png')
  }),
)

const curl = hasProgram('curl')
const withCurl = curl ? uploads : uploads.skip

withCurl(
  `its command lines show how much has arrived, and the answer${curl ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const { folder: dir, discard } = scratchFolder(tmpdir(), 'uploads-')
    const site = await start(example.app)
    const [watch = '', upload = ''] = example.about.curl(`${site.server.url}/form-upload`)
    const program = startProgram('sh', ['-c', watch.replace('curl ', 'curl -sS ')])
    await program.printed(/Waiting for files/)
    for (const [content, wanted] of [
      [png(5_000_000), /image\/png, 5000000 bytes, sha256 [0-9a-f]{64}\n$/],
      // It reads the answer in the middle, and stops.
      [randomBytes(50_000_000), /it begins with .*, wanted a PNG/],
    ] as const) {
      writeFileSync(join(dir, 'photo'), content)
      const line = upload.replace('PHOTO', join(dir, 'photo')).replace('curl ', 'curl -sS ')
      const sent = startProgram('sh', ['-c', line])
      await sent.exited()
      assert.match(sent.output, wanted)
    }
    await program.printed(
      /photo: \d+ of \d+ bytes\n[\s\S]*All has arrived: [\s\S]*Broken off: \d{5,7} of /,
    )
    program.signal('SIGTERM')
    await program.exited()
    discard()
  }),
)

const withChromium = chromium === undefined ? uploads.skip : uploads

for (const script of ['with', 'without'] as const)
  withChromium(
    `a browser ${script} JavaScript shows how much has arrived, and the answer${unlessChromium}`,
    () =>
      browsing(
        async (open) => {
          const { folder: dir, discard } = scratchFolder(tmpdir(), 'uploads-')
          const isSaved = deferred()
          const saves = deferred()
          const app = example.formUpload(async () => {
            saves.resolve()
            await isSaved.promise
          })
          await serving(async (start) => {
            const site = await start(app)
            const page = await open(`${site.server.url}/form-upload`, {
              // Without a script, the frame of the progress keeps the page from being loaded.
              waitUntil: script === 'with' ? 'load' : 'domcontentloaded',
            })
            const [progress, answer] = [
              page.frameLocator('[title=Progress]'),
              page.frameLocator('[title=Answer]'),
            ]
            await progress.getByText('Waiting for files.').waitFor()
            writeFileSync(join(dir, 'photo.png'), png(3_000_000))
            await page.setInputFiles('[name=file]', join(dir, 'photo.png'))
            await page.click('button')
            await saves.promise
            // The answer waits for the store.
            await progress
              .getByText(/^photo\.png: \d+ of \d+ bytes$/)
              .last()
              .waitFor()
            isSaved.resolve()
            await progress.getByText('All has arrived').waitFor()
            await answer.getByText('photo.png: image/png, 3000000 bytes').waitFor()
            assert.is(await progress.locator('p:visible').count(), 1)

            // Refused in the middle: the browser goes on sending, and shows the answer.
            writeFileSync(join(dir, 'photo.png'), randomBytes(20_000_000))
            await page.setInputFiles('[name=file]', join(dir, 'photo.png'))
            await page.click('button')
            await answer.getByText('wanted a PNG').waitFor()
            await progress.getByText('Broken off').waitFor()
            // Of its frames too.
            if (script === 'with') assert.equal(await faultsOf(page), [])
            await page.close()
          })()
          discard()
        },
        { javaScriptEnabled: script === 'with' },
      ),
  )

uploads.after(closeBrowser)
uploads.run()
