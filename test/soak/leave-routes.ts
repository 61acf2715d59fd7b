// What responses do while their clients leave: pause, compress, share, spool, wait for a flush.
import { setTimeout as sleep } from 'node:timers/promises'
import { isData } from '@sluice/body'
import { brotli, deflate, gzip } from '@sluice/compress'
import { pipe } from '@sluice/filter'
import { flushed, throttleFlush } from '@sluice/flush'
import { heartbeat } from '@sluice/pause'
import { stream, text } from '@sluice/stack'
import { coalesce, share, spool, writing } from '@sluice/write-buffering'
import { tempFile } from '@sluice/write-buffering/spool'
import { counts } from '../faults/servers/control.ts'
import type { Body, Frame } from '@sluice/body'
import type { Filter } from '@sluice/filter'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

const line = 'a line of some text that is sent\n'
const some = line.repeat(30)
const much = line.repeat(2000)

/** Work for a client, as `fetch(url, { signal })` is: it rejects when the client leaves, at once if it has left. */
const work = ({ client }: HttpRequest): Promise<unknown> =>
  sleep(Math.random() * 12, 'done', { signal: client.signal })

async function* pausing(request: HttpRequest, part = some): AsyncGenerator<Frame | string> {
  for (let i = 0; i < 3; i++) {
    yield part
    await sleep(Math.random() * 4)
    yield { kind: 'pause', until: work(request) }
  }
}

/** Never waits before its pause: frames are gathered, and a client that does not read has them held. */
function* eager(request: HttpRequest): Generator<Frame | string> {
  for (let i = 0; i < 4; i++) yield much
  yield { kind: 'pause', until: work(request) }
  yield some
}

async function* flushing(request: HttpRequest): AsyncGenerator<Frame | string> {
  for (let i = 0; i < 3; i++) {
    const { frame, sent } = flushed()
    yield some
    yield frame
    await sent
    yield { kind: 'pause', until: work(request) }
  }
}

const written = (request: HttpRequest): Body<Frame> =>
  writing(async (out) => {
    for (let i = 0; i < 3; i++) {
      await out.write(some)
      await out.flush()
      out.pause(work(request))
    }
  })

async function* ticks(): AsyncGenerator<Frame | string> {
  for (;;) {
    yield some
    yield { kind: 'flush' }
    yield { kind: 'pause', until: sleep(3) }
  }
}

const news = share(() => stream(ticks()).body, { policy: 'drop-oldest' })
const slowestFirst = share(() => stream(ticks()).body, { policy: 'wait', replayBytes: 4096 })

/** What all readers share, and between it waits of this client alone. */
async function* shared(request: HttpRequest, reader: Body<Frame>): AsyncGenerator<Frame> {
  let left = 12
  for await (const frame of reader) {
    yield frame
    if (isData(frame)) yield { kind: 'pause', until: work(request) }
    if (left-- === 0) return
  }
}

const filtered = (body: Body<Frame>, ...filters: readonly Filter[]): HttpResponse =>
  stream(filters.reduce<Body<Frame>>((each, filter) => pipe(each, filter), body))

const ofFrames = (frames: Parameters<typeof stream>[0]): Body<Frame> => stream(frames).body

const spooled = async (request: HttpRequest): Promise<HttpResponse> => {
  const hold = spool({ maxMemoryBytes: 2000, spill: tempFile() })
  const { body } = await hold(ofFrames(pausing(request, much)), request.client.signal)
  return stream(body)
}

const counted = async ({ body }: HttpRequest): Promise<HttpResponse> => {
  let bytes = 0
  for await (const frame of body) if (isData(frame)) bytes += frame.bytes.length
  return text(`${bytes}`)
}

const beats = heartbeat({ everyMs: 2, bytes: '\n' })

const routes: Readonly<
  Record<string, (request: HttpRequest) => HttpResponse | PromiseLike<HttpResponse>>
> = {
  '/pause': (request) => stream(pausing(request)),
  '/eager': (request) => stream(eager(request)),
  '/coalesce': (request) => filtered(ofFrames(eager(request)), coalesce({ minBytes: 2 ** 20 })),
  '/gzip': (request) => filtered(ofFrames(pausing(request)), gzip()),
  '/gzip-eager': (request) => filtered(ofFrames(eager(request)), gzip()),
  '/deflate': (request) => filtered(ofFrames(flushing(request)), deflate()),
  '/brotli': (request) => filtered(ofFrames(flushing(request)), brotli()),
  '/brotli-eager': (request) => filtered(ofFrames(eager(request)), brotli()),
  '/flush': (request) => stream(flushing(request)),
  '/throttle': (request) => filtered(ofFrames(flushing(request)), throttleFlush({ everyMs: 5 })),
  '/throttle-eager': (request) => filtered(ofFrames(eager(request)), throttleFlush({ everyMs: 5 })),
  '/heartbeat': (request) => stream(pipe(ofFrames(pausing(request)), beats, gzip())),
  '/written': (request) => stream(written(request)),
  '/written-gzip': (request) => filtered(written(request), gzip()),
  '/shared': (request) => stream(shared(request, news.reader())),
  '/shared-gzip': (request) => filtered(ofFrames(shared(request, news.reader())), gzip()),
  '/shared-slowest': (request) => stream(shared(request, slowestFirst.reader())),
  '/spooled': spooled,
  '/upload': counted,
}

/** Fails early if the list of paths that clients ask for and this one differ. */
const unknown = (): HttpResponse => {
  console.error('a client asks for what is not here')
  return text('no such page', { status: 404 })
}

export const paths: readonly string[] = Object.keys(routes)

export const leaveRoutes: Handler = (request) => {
  counts.started++
  if (request.target === '/paths') return text(paths.join(' '))
  return (routes[request.target.replace(/^\/sluice/, '')] ?? unknown)(request)
}

/** Work that its own signal ended, which is what a handler asked for; anything else that is told is wrong. */
const isAborted = (error: unknown) => error instanceof Error && error.name === 'AbortError'

export const tell = (error: unknown): void => {
  if (!isAborted(error)) console.error('told of', error)
}
