// node server.mjs PEER APP: blocking() and others, each behind HTTP.
import { createServer } from 'node:http'
import { blocking } from '@sluice/blocking'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { listen, serving } from '../support/serving.mjs'
import { handlers, readline } from './loop.mjs'
import { listenersOf, smallBy } from './ports.mjs'

const serveOn = async (handler) => (await serve(handler, { idleTimeoutMs: 120_000 })).port

const functionOf = (exportName) =>
  blocking(new URL('functions.mjs', import.meta.url), { exportName, threads: 4 })

const pinged = () => {
  const busy = functionOf('busy')
  return (request) => (request.target === '/ping' ? text('pong') : busy(request))
}

await serving({
  sluice: (app) => serveOn(app === 'pings' ? pinged() : functionOf(app)),
  async: (app) => serveOn(handlers[app]),
  readline: () => listen(createServer(readline)),
  'post-message': (app) => listen(createServer(listenersOf('post-message')[app])),
  piscina: (app) =>
    app === 'small'
      ? serveOn(smallBy('piscina'))
      : listen(createServer(listenersOf('piscina')[app])),
  tinypool: () => serveOn(smallBy('tinypool')),
})
