// Options of serve: what is invalid is refused at once, and what Node takes is passed on or refused, not ignored.

import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { defaultConnectionLimits, serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { ServeOptions } from '@sluice/server'

const hello = () => text('hello')

/** Types would not let these options be. */
const serveWith = (options: Readonly<Record<string, unknown>>) => {
  const isOptions = (_: unknown): _ is ServeOptions => true
  if (!isOptions(options)) throw new Error('not reached')
  return serve(hello, options)
}

const numbers = suite('serve: options that are numbers')

const limits = Object.keys(defaultConnectionLimits)
for (const name of [...limits, 'maxConnections', 'fd', 'backlog', 'keepAliveInitialDelay', 'port'])
  numbers(`${name} that is no whole number is a RangeError`, async () => {
    for (const value of [Number.NaN, -1, 1.5, '1x']) {
      await rejects(() => serveWith({ [name]: value }), RangeError)
    }
  })

for (const name of ['fd', 'backlog', 'keepAliveInitialDelay', 'port'])
  numbers(`${name} cannot be Infinity: the kernel has none`, async () => {
    await rejects(() => serveWith({ [name]: Number.POSITIVE_INFINITY }), RangeError)
  })

numbers('tls.handshakeTimeout that is no number is a RangeError', async () => {
  const tls = { ...selfSigned, handshakeTimeout: Number.NaN }
  await rejects(() => serve(hello, { tls }), RangeError)
})

numbers.run()

const names = suite('serve: options of Node')

for (const [name, wanted] of [
  ['keepAliveTimeout', /idleTimeoutMs/],
  ['headersTimeout', /headTimeoutMs/],
  ['hostname', /host/],
  ['requestTimeout', /requestTimeoutMs/],
  ['maxHeaderSize', /maxHeadBytes/],
  ['key', /tls: \{ key \}/],
  ['cert', /tls: \{ cert \}/],
  ['allowHalfOpen', /half-open/],
  ['pauseOnConnect', /serve does not have/],
] as const)
  names(`${name} is refused with a TypeError that names what there is`, async () => {
    const error = await rejects(() => serveWith({ [name]: 1 }), TypeError)
    assert.match(error.message, wanted)
  })

for (const options of [{ tls: selfSigned }, { noDelay: false }, { keepAlive: true }])
  names(`${Object.keys(options)} beside a server is a TypeError: it was made without`, async () => {
    await rejects(() => serve(hello, { server: createServer(), ...options }), TypeError)
  })

names(
  'an option that is undefined is not there',
  serving(async (start) => {
    const isOptions = (_: unknown): _ is ServeOptions => true
    const options = { keepAliveTimeout: undefined, backlog: undefined, signal: undefined }
    if (!isOptions(options)) throw new Error('not reached')
    const site = await start(hello, options)
    assert.is((await site.ask(get())).content, 'hello')
  }),
)

names(
  'backlog, noDelay, keepAlive and keepAliveInitialDelay are passed on',
  serving(async (start) => {
    const site = await start(hello, {
      backlog: 1,
      noDelay: false,
      keepAlive: true,
      keepAliveInitialDelay: 1000,
      exclusive: true,
    })
    assert.is((await site.ask(get())).content, 'hello')
  }),
)

const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ family }) => family === 'IPv6'),
)

if (hasIPv6)
  names(
    'ipv6Only leaves IPv4 to others',
    serving(async (start) => {
      const { server } = await start(hello, { host: '::', ipv6Only: true })
      const client = await connectTo(server.port, '::1')
      client.send(get())
      assert.is((await readResponse(client)).content, 'hello')
      client.destroy()
      await rejects(() => connectTo(server.port, '127.0.0.1'), 'ECONNREFUSED')
    }),
  )

names.run()

const signals = suite('serve: signal')

signals(
  'a signal that aborts closes the server, after the requests that run',
  serving(async (start) => {
    const controller = new AbortController()
    let begun = false
    const site = await start(
      async ({ client }) => {
        begun = true
        await new Promise((resolve) => client.draining.addEventListener('abort', resolve))
        return text('drained')
      },
      { signal: controller.signal },
    )
    const client = await site.connect()
    client.send(get())
    await site.until(() => begun, 'the handler')
    controller.abort()
    assert.is((await readResponse(client)).content, 'drained')
    await within(5000, site.server.closed)
  }),
)

signals('one that has aborted already rejects with its reason', async () => {
  const reason = new Error('too late')
  await rejects(() => serve(hello, { signal: AbortSignal.abort(reason) }), reason)
})

signals(
  'one that aborts while the server begins to listen rejects, and nothing listens',
  async () => {
    const controller = new AbortController()
    const reason = new Error('too late')
    const serving = serve(hello, { signal: controller.signal })
    controller.abort(reason)
    await rejects(() => serving, reason)
  },
)

signals.run()
