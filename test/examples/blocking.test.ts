// The examples that run functions on worker threads. They run as their users start them: threads import their own files.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'

const start = async (name: string) => {
  const program = startProgram('node', ['--import', 'tsx', `examples/${name}/app.ts`], {
    env: { PORT: '0' },
  })
  const [, url = ''] = await program.printed(/curl .*?(http:\S+)$/m)
  return { program, url }
}

const post = async (url: string, body: string) => {
  const response = await fetch(url, { method: 'POST', body })
  return { status: response.status, text: await response.text() }
}

const imports = suite('examples: csv-import')

imports('rows are added, and a row without an amount is named', async () => {
  const { program, url } = await start('csv-import')
  const table = 'id,amount\n1,2.5\n2,none\n3,4\n'
  assert.equal(await post(url, table), {
    status: 200,
    text: 'row 2: 2,none has no amount\n3 rows, sum 6.5\n',
  })
  const refused = await post(url, 'id,price\n1,2\n')
  assert.is(refused.status, 422)
  program.signal('SIGINT')
  assert.is(await program.exited(), 0)
})

imports('events go on while an import is under way', async () => {
  const { program, url } = await start('csv-import')
  const { port, pathname } = new URL(url)
  const feed = await connectTo(Number(port))
  feed.send(get(pathname))
  await readHead(feed)
  await readChunk(feed)
  const sending = await connectTo(Number(port))
  sending.send(`PUT ${pathname} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n`)
  const rows = '1,1\n'.repeat(100_000)
  sending.send(`a\r\nid,amount\n\r\n${rows.length.toString(16)}\r\n${rows}\r\n`)
  await readHead(sending)
  assert.is(await readChunk(sending), '100000 rows so far\n')
  // The function now blocks its thread for the next row.
  for (let i = 0; i < 3; i++) assert.match((await readChunk(feed)) ?? '', /"lateMs"/)
  sending.send('0\r\n\r\n')
  assert.is(await readChunk(sending), '100000 rows, sum 100000\n')
  feed.socket.destroy()
  sending.socket.destroy()
  program.signal('SIGINT')
  assert.is(await program.exited(), 0)
})

imports.run()

const queries = suite('examples: sqlite')

queries('rows come in their order, and one query does not wait for another', async () => {
  const { program, url } = await start('sqlite')
  const [one, other] = await Promise.all(
    [url, url.replace(/3$/, '4')].map(async (each) => (await fetch(each)).text()),
  )
  const days = (one ?? '').trimEnd().split('\n')
  assert.is(days.length, 14_286)
  assert.is(days[0], '{"day":1200,"celsius":-10}')
  assert.ok(other !== one)
  assert.is((await fetch(url.replace(/3$/, 'no-such'))).status, 404)
  program.signal('SIGINT')
  assert.is(await program.exited(), 0)
})

queries.run()
