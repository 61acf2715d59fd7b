// A server that tells how many bytes its heap has, and what a frame through ten filters adds to it. Started with a young generation
// so large that nothing is collected while it is measured: what the heap grows by is then what was allocated.
import { toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import { serve } from '@sluice/server'
import { stack, text } from '@sluice/stack'

const heapBytes = () => process.memoryUsage().heapUsed

const pass = () => filter('pass', () => ({ data: (bytes) => bytes }))

const frame = { kind: 'data', bytes: new Uint8Array(64) }

/** What is pulled through ten filters over an array of frames that are there; how many bytes the heap has grown by. */
const growthOf = (frames) => {
  const filters = Array.from({ length: 10 }, pass)
  const source = pullFrom(
    filters.reduce((body, each) => each(body), toBody(new Array(frames).fill(frame))),
  )
  source.pull()
  const before = heapBytes()
  while (source.pull() !== undefined);
  return heapBytes() - before
}

const named = (next) => (request) => {
  const response = next(request)
  return { ...response, headers: response.headers.with('x-name', 'value') }
}

const app = stack(named, named, named, named, named)(() => text('Hello, world!'))

const server = await serve((request) => {
  if (request.target === '/heap') return text(String(heapBytes()))
  const frames = /^\/frames\/(\d+)$/.exec(request.target)
  return frames === null ? app(request) : text(String(growthOf(Number(frames[1]))))
})
process.stdout.write(`listening on ${server.port}\n`)
