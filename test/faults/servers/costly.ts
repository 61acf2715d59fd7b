// A server whose bodies are work for it, and that node:http has no counterpart of. It is a program of its own, since what it
// imports changes how much memory the others take.

import { isData } from '@sluice/body'
import { brotli, decompressInput } from '@sluice/compress'
import { mapText, pipe } from '@sluice/filter'
import { serve } from '@sluice/server'
import { stack, stream, text } from '@sluice/stack'
import { coalesce } from '@sluice/write-buffering'
import { control } from './control.ts'
import type { HttpRequest, HttpResponse } from '@sluice/stack'

type Route = (request: HttpRequest) => HttpResponse | PromiseLike<HttpResponse>

const piecesAtMost = 2_000_000
const steps = 60
const stepMs = 50

function* smallPieces() {
  for (let i = 0; i < piecesAtMost; i++) yield 'ten bytes\n'
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Work that is done on the event loop itself: as much of it on a machine that others use. */
function* computed() {
  for (let i = 0; i < steps; i++) {
    const started = cpuMs()
    while (cpuMs() - started < stepMs);
    yield 'a step\n'
  }
}

/** As large as a body may be that is compressed at once, of text that is no repetition. */
const page = Array.from({ length: 4096 }, (_, i) => `${(i * 2_654_435_761) % 9_999_991} `)
  .join('')
  .slice(0, 32_768)

const countAll = async ({ body }: HttpRequest): Promise<HttpResponse> => {
  let bytes = 0
  for await (const frame of body) if (isData(frame)) bytes += frame.bytes.length
  return text(`${bytes}`)
}

const decoded = stack(decompressInput())(countAll)

const routes: Readonly<Record<string, Route>> = {
  '/': () => text('hello'),
  '/mapped': () => {
    const filters = [mapText((each) => each), coalesce({ minBytes: 1000 })]
    return stream(pipe(stream(smallPieces()).body, ...filters))
  },
  '/computed': () => stream(computed()),
  '/brotli': () => stream(brotli({ quality: 11 })(stream(page).body)),
  '/decoded': (request) => decoded(request),
}

const noPage: Route = () => text('no such page', { status: 404 })

const server = await serve((request) => (routes[request.target] ?? noPage)(request))
control(server.port)
