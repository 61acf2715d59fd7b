import { createHook } from 'node:async_hooks'
import { compress, hasZstd } from '@sluice/compress'
import { serve } from '@sluice/server'
import { stack, stream, text } from '@sluice/stack'
import { serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

const { pageFields, eventFields, hub, message } = bodies

async function* pausingEvents() {
  yield message(0)
  for (;;) {
    yield { kind: 'pause', until: hub.next }
    yield hub.message
  }
}

const routes = {
  '/page': () => stream(bodies.page(1500), { headers: pageFields }),
  '/flushed-page': () => stream(bodies.page(1500, { kind: 'flush' }), { headers: pageFields }),
  '/endless': () => stream(bodies.endless(), { headers: pageFields }),
  '/events': () => stream(pausingEvents(), { headers: eventFields }),
}

const app = stack(compress({ codings: ['gzip'] }))(({ target }) => {
  const answer = bodies.asked(target)
  return answer === undefined ? routes[target]() : text(answer)
})

const listen = async (handler) => {
  const { port } = await serve(handler, { idleTimeoutMs: 600_000, pauseTimeoutMs: 600_000 })
  return port
}

/** Pages of half a mebibyte with flushes and pauses in them, in the coding that the target names. */
async function* longPage() {
  for (let part = 0; part < 50; part++) {
    yield bodies.rest
    if (part % 7 === 0) yield { kind: 'flush' }
    if (part % 11 === 0)
      yield { kind: 'pause', until: new Promise((resolve) => setTimeout(resolve, 5)) }
  }
}

/** Counts the contexts of zlib that are not freed; slow, so apart. */
const watched = () => {
  const contexts = new Set()
  Object.defineProperty(bodies.state, 'contexts', { enumerable: true, get: () => contexts.size })
  createHook({
    init: (id, type) => type === 'ZLIB' && contexts.add(id),
    destroy: (id) => contexts.delete(id),
  }).enable()
  const coded = (coding) =>
    stack(compress({ codings: [coding] }))(() => stream(longPage(), { headers: pageFields }))
  const byTarget = new Map(['gzip', 'deflate', 'br'].map((name) => [`/${name}`, coded(name)]))
  if (hasZstd) byTarget.set('/zstd', coded('zstd'))
  return listen((request) => {
    const answer = bodies.asked(request.target)
    return answer === undefined ? byTarget.get(request.target)(request) : text(answer)
  })
}

await serving({ app: () => listen(app), watched })
