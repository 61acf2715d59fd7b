// A server that is made of a listener which is there already: of node:net, of node:tls, or an open descriptor.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectSecurely, connectToPath } from '../support/server/connect-otherwise.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, serving } from '../support/server/serving.ts'
import { breaking, breaks, echo, freePath, works } from '../support/server/transports.ts'
import { deferred } from '../support/within.ts'
import type { AddressInfo, Server, Socket } from 'node:net'

const listens = (server: Server, to: { readonly path: string } | { readonly port: number }) =>
  new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', ...to }, resolve))

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const given = suite('server: a listener that is given')

for (const listening of [true, false])
  given(
    `a server of node:net that ${listening ? 'listens' : 'does not listen'} yet`,
    serving(async (start) => {
      const listener = createServer({ allowHalfOpen: true })
      if (listening) await listens(listener, { port: 0 })
      const { server } = await start(echo, { server: listener })
      assert.is(server.port, portOf(listener))
      await works(await connectTo(server.port))
      await server.close()
      assert.not(listener.listening)
    }),
  )
given(
  'a socket of a server that is given remembers where it came from, for its other listeners',
  serving(async (start) => {
    const listener = createServer({ allowHalfOpen: true })
    await listens(listener, { port: 0 })
    const sockets: Socket[] = []
    listener.on('connection', (socket) => {
      assert.is(socket.remoteAddress, '127.0.0.1')
      sockets.push(socket)
    })
    const site = await start(echo, { server: listener })
    const client = await site.connect()
    await works(client)
    client.reset()
    await site.until(() => sockets[0]?.destroyed === true, 'the close')
    assert.is(sockets[0]?.remoteAddress, '127.0.0.1')
  }),
)
given(
  'a server of node:tls that listens',
  serving(async (start) => {
    const listener = createTlsServer({ ...selfSigned, allowHalfOpen: true })
    await listens(listener, { port: 0 })
    const { server } = await start(echo, { server: listener })
    assert.is(server.url, `https://127.0.0.1:${server.port}`)
    await works(await connectSecurely(server.port))
  }),
)
given(
  'a server that listens on a Unix socket: a body that breaks is told, and cuts its connection alone',
  serving(async (start) => {
    const path = freePath()
    const listener = createServer({ allowHalfOpen: true })
    await listens(listener, { path })
    const { server, told } = await start(breaking, { server: listener })
    assert.is(server.url, path)
    await breaks(await connectToPath(path))
    await breaks(await connectToPath(path))
    assert.is(told.length, 2)
  }),
)
given('the descriptor of a socket that listens, as a supervisor hands it over', async () => {
  const listener = createServer()
  await listens(listener, { port: 0 })
  const port = portOf(listener)
  const fd = descriptorOf(listener)
  const program = `
    import { closeOnSignal, serve } from '@sluice/server'
    import { text } from '@sluice/stack'
    const server = await serve(({ target }) => text(target), { fd: 3 })
    closeOnSignal(server)
    console.log(server.url)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  })
  const exited = deferred<number | null>()
  child.once('exit', exited.resolve)
  const [line] = await new Promise<readonly Buffer[]>((resolve) =>
    child.stdout?.once('data', (...chunks: Buffer[]) => resolve(chunks)),
  )
  // The other process listens on it now, this one no longer.
  listener.close()
  assert.is(line?.toString(), `http://127.0.0.1:${port}\n`)
  const client = await connectTo(port)
  client.send(get('/handed-over'))
  assert.is((await readResponse(client)).content, '/handed-over')
  client.destroy()
  child.kill('SIGTERM')
  assert.is(await exited.promise, 0)
})

given.run()

/** What Node keeps for itself: the number of the socket that a server listens on. */
function descriptorOf(listener: Server): number {
  const handle: unknown = Reflect.get(listener, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1
  if (typeof fd !== 'number' || fd < 0) throw new Error('Cannot find the descriptor of the server')
  return fd
}
