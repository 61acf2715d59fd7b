// Where a server listens and how it is spoken to: Unix sockets, addresses, shared ports, TLS.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { connectSecurely, connectToPath } from '../support/server/connect-otherwise.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, serving } from '../support/server/serving.ts'
import { breaking, breaks, echo, freePath, works } from '../support/server/transports.ts'

const unix = suite('server: Unix sockets')

unix(
  'it answers, says its path, and takes it away when it closes',
  serving(async (start) => {
    const path = freePath()
    const { server } = await start(echo, { path })
    assert.is(server.url, path)
    assert.is(server.port, 0)
    await works(await connectToPath(path))
    await server.close()
    assert.not(existsSync(path))
  }),
)
unix(
  'a path that is taken rejects with EADDRINUSE, one that cannot be with its error',
  serving(async (start) => {
    const path = freePath()
    await start(echo, { path })
    await rejects(() => serve(echo, { path }), 'EADDRINUSE')
    await rejects(() => serve(echo, { path: join(path, 'under-a-file') }), 'ENOTDIR')
  }),
)
unix(
  'a body that breaks is told, and cuts its connection alone',
  serving(async (start) => {
    const path = freePath()
    const { told } = await start(breaking, { path })
    await breaks(await connectToPath(path))
    await breaks(await connectToPath(path))
    assert.is(told.length, 2)
  }),
)

unix.run()

const addresses = suite('server: addresses')

addresses(
  '`::` listens for both families',
  serving(async (start) => {
    const { server } = await start(({ client }) => text(client.address), { host: '::' })
    assert.is(server.url, `http://[::]:${server.port}`)
    for (const [host, wanted] of [
      ['::1', '::1'],
      ['127.0.0.1', '::ffff:127.0.0.1'],
    ] as const) {
      const client = await connectTo(server.port, host)
      client.send(get())
      assert.is((await readResponse(client)).content, wanted)
      client.destroy()
    }
  }),
)
addresses('an address that is not of this machine rejects with EADDRNOTAVAIL', async () => {
  await rejects(() => serve(echo, { host: '192.0.2.1' }), 'EADDRNOTAVAIL')
})
addresses(
  'a port may be shared where Node can, and is refused with a TypeError where it cannot',
  serving(async (start) => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const canShare = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
    if (!canShare) {
      await rejects(() => serve(echo, { reusePort: true }), TypeError)
      return
    }
    const first = await start(echo, { reusePort: true })
    const second = await start(echo, { reusePort: true, port: first.server.port })
    assert.is(second.server.port, first.server.port)
    await first.server.close()
    await works(await connectTo(second.server.port))
  }),
)
addresses(
  'over maxConnections a connection is closed as it comes, and none when others have gone',
  serving(async (start) => {
    const site = await start(echo, { maxConnections: 2 })
    const [first, second] = [await site.connect(), await site.connect()]
    for (const client of [first, second]) {
      client.send(get())
      await readResponse(client)
    }
    const third = await site.connect()
    assert.is((await third.takeRest()).length, 0)
    assert.is(site.server.connections, 2)
    first.destroy()
    while (site.server.connections > 1) await new Promise((resolve) => setImmediate(resolve))
    await works(await site.connect())
  }),
)

addresses.run()

const secure = suite('server: TLS handshakes')

secure(
  'the options of node:tls: a client without a certificate is turned away where one is asked for',
  serving(async (start) => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: selfSigned.cert }
    const { server, told } = await start(echo, { tls: { ...selfSigned, ...options } })
    await works(await connectSecurely(server.port, selfSigned))
    const without = await connectSecurely(server.port).catch(() => undefined)
    if (without !== undefined) assert.is((await without.takeRest()).length, 0)
    without?.destroy()
    await works(await connectSecurely(server.port, selfSigned))
    assert.equal(told, [])
  }),
)
secure(
  'HTTP/1.1 is what it offers: a client that speaks HTTP/2 alone is turned away',
  serving(async (start) => {
    const { server, told } = await start(echo, { tls: selfSigned })
    const client = await connectSecurely(server.port, { ALPNProtocols: ['http/1.1', 'h2'] })
    assert.is(Reflect.get(client.socket, 'alpnProtocol'), 'http/1.1')
    await works(client)
    let turnedAway = false
    await connectSecurely(server.port, { ALPNProtocols: ['h2'] }).catch(() => {
      turnedAway = true
    })
    assert.ok(turnedAway)
    assert.equal(told, [])
  }),
)
secure('a key that does not fit its certificate rejects', async () => {
  await rejects(() => serve(echo, { tls: { ...selfSigned, key: 'no key' } }), Error)
})

secure.run()
