// @slow 3
// Places of CGI programs: a request has one before its content is held, and the system may have no room for another process.
import { cgi } from '@sluice/blocking/cgi'
import { closeBody, readText } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gone, head, sh } from '../support/blocking/cgi-programs.ts'
import { rejects } from '../support/rejects.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'

/** A POST of unknown length whose content comes when `all` is resolved, and what was seen of it. */
const upload = () => {
  const all = deferred()
  const seen = { begun: false, closed: false }
  async function* pieces() {
    try {
      seen.begun = true
      yield 'one '
      await all.promise
      yield 'two'
    } finally {
      seen.closed = true
    }
  }
  return { asked: made('/', { method: 'POST', body: pieces() }), all, seen }
}

const places = suite('cgi: places of uploads')

places('content of unknown length is not read if all places are taken', async () => {
  const program = cgi(sh(`${head}; exec sleep 1000`), { maxProcesses: 1, queue: 0 })
  const { body } = await program(made())
  const { asked, seen } = upload()
  await rejects(() => program(asked), 'CGI_BUSY')
  assert.not.ok(seen.begun)
  await closeBody(body)
})

places('uploads that are held have a place, and no program', async () => {
  const program = cgi(sh(`${head}; exec cat`), { maxProcesses: 1, queue: 1 })
  const uploads = [upload(), upload()]
  const responses = uploads.map(({ asked }) => program(asked))
  await rejects(() => program(made()), 'CGI_BUSY')
  const third = upload()
  await rejects(() => program(third.asked), 'CGI_BUSY')
  assert.not.ok(third.seen.begun)
  for (const { all } of uploads) all.resolve()
  for (const response of responses) assert.is(await readText((await response).body), 'one two')
  assert.is(await readText((await program(made())).body), '')
})

places('a slow upload does not keep others from the only program', async () => {
  const program = cgi(sh(`${head}; exec cat`), { maxProcesses: 1, queue: 1 })
  const slow = upload()
  const response = program(slow.asked)
  for (const text of ['a', 'b']) {
    const { body } = await program(made('/', { method: 'POST', body: text }))
    assert.is(await readText(body), text)
  }
  slow.all.resolve()
  assert.is(await readText((await response).body), 'one two')
})

places('an upload that fails while it is held gives its place back', async () => {
  const program = cgi(sh(`${head}; exec cat`), { maxProcesses: 1, queue: 0, maxBytes: 2 })
  for (let i = 0; i < 3; i++) await rejects(() => program(upload().asked), 'BODY_TOO_LARGE')
  assert.is(await readText((await program(made())).body), '')
})

places(
  'a chunked upload is refused before its content is asked for',
  serving(async (start) => {
    const site = await start(
      cgi(sh(`${head}; echo; exec sleep 1000`), { maxProcesses: 1, queue: 0 }),
    )
    const first = await site.connect()
    first.send(get())
    await first.takeTo('\r\n\r\n')
    const client = await site.connect()
    client.send(request('POST', '/', 'transfer-encoding: chunked', 'expect: 100-continue'))
    assert.match(await client.takeTo('\r\n\r\n'), /^HTTP\/1.1 503 /)
    first.reset()
    await gone()
  }),
)

places('after the system had no room for a process, none is tried for a second', async () => {
  const server = `import { cgi } from '@sluice/blocking/cgi'
    import { request } from '@sluice/stack'
    const program = cgi(['/bin/sleep', '1000'], { maxProcesses: 200 })
    const found = []
    const start = () => program(request()).catch(({ code, cause }) => found.push(code + ' ' + cause?.code))
    while (found.length === 0) {
      start()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    for (let i = 0; i < 3; i++) await start()
    console.log(found.join() + '!')
    process.exit()`
  const script = 'ulimit -n 60; exec "$0" --input-type=module -e "$1"'
  const running = startProgram('/bin/sh', ['-c', script, process.execPath, server])
  const [, found] = await running.printed(/(.*)!\n/)
  const paused = 'CGI_BUSY undefined'
  assert.equal(found?.split(','), ['CGI_BUSY EMFILE', paused, paused, paused])
  assert.is(await running.exited(), 0)
})

places.run()
