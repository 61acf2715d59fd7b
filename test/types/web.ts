// What the web's own types give us and take from us. Compiled by the test run with and without `dom`, never run.
import { collect, concat, data, isData, readBytes, reader, toBody } from '@sluice/body'
import { filter, mapBytes, through } from '@sluice/filter'
import { allOf, firstOf, pause, sleep, until } from '@sluice/pause'
import { stream } from '@sluice/stack'
import type { Body, Bytes, Data, Frame } from '@sluice/body'
import type { Filter } from '@sluice/filter'
import type { Client, HttpResponse } from '@sluice/stack'
import type { Spill } from '@sluice/write-buffering'

declare const body: Body<Frame>
declare const frame: Data
declare const request: Request
declare const blob: Blob
declare const signal: AbortSignal
declare const target: EventTarget
declare const client: Client

// A TransformStream of any kind is a filter.
export const gzip: Filter = through(() => new CompressionStream('gzip'))
export const gunzip: Filter = through(() => new DecompressionStream('gzip'))
export const untyped: Filter = through(() => new TransformStream())
export const ofBytes: Filter = through(() => new TransformStream<Uint8Array, Uint8Array>())
export const toText: Filter = through(() => new TransformStream<Uint8Array, string>())
export const pair: Filter = through(() => ({
  readable: new ReadableStream<Uint8Array>(),
  writable: new WritableStream<Uint8Array>(),
}))

// The platform takes our bytes, wherever they come from.
const take = async (bytes: Bytes): Promise<unknown> => [
  new Response(bytes),
  new Blob([bytes]),
  await crypto.subtle.digest('SHA-256', bytes),
  await fetch('http://localhost', { method: 'POST', body: bytes }),
]
export const taken = async (): Promise<unknown> => {
  const cursor = reader(body)
  const read = await cursor.read()
  for await (const each of body) if (isData(each)) new Response(each.bytes)
  for await (const each of body) if (each.kind === 'data') new Blob([each.bytes])
  return [
    new Response(await readBytes(body)),
    new Blob([(await collect(body)).bytes]),
    read === undefined ? null : new Response(read),
    new Response(await cursor.readExactly(1)),
    new Response(await cursor.peek(1)),
    new Response(frame.bytes),
    new Blob([concat([new Uint8Array(1), new TextEncoder().encode('a')])]),
    take(frame.bytes),
  ]
}
export const blobs: Filter = filter('blobs', () => ({
  async data(bytes) {
    return new Uint8Array(await new Blob([bytes]).arrayBuffer())
  },
}))
export const inBlob: Spill = {
  async open() {
    let held = new Blob([])
    return {
      async append(parts) {
        held = new Blob([held, ...parts])
      },
      async read(position, maxBytes) {
        return new Uint8Array(await held.slice(position, position + maxBytes).arrayBuffer())
      },
      async close() {},
    }
  },
}

// We take the platform's bytes and streams.
declare const anyBytes: Uint8Array
declare const either: ReadableStream<Uint8Array> | string | null
export const bodies: readonly Body<Frame>[] = [
  toBody(new Response('x').body),
  toBody(request.body),
  toBody(blob),
  toBody(blob.stream()),
  toBody(either),
  toBody(new ReadableStream<Uint8Array>()),
  toBody(new ReadableStream<string>()),
  toBody(new URLSearchParams('a=b')),
  toBody(new ArrayBuffer(1)),
  toBody(new DataView(new ArrayBuffer(1))),
  toBody([anyBytes, 'text']),
  toBody(anyBytes),
]
export const answers: readonly HttpResponse[] = [
  stream(request.body),
  stream(blob),
  stream(new Response('x').body),
]
export const frames: readonly Data[] = [data(anyBytes), data(new TextEncoder().encode('x'))]
export const mapped: Filter = mapBytes(() => anyBytes)

// A signal is a signal.
export const waits: readonly PromiseLike<unknown>[] = [
  sleep(1, { signal }),
  until(target, 'change', { signal, timeoutMs: 1 }),
  until(new ReadableStream<Uint8Array>().getReader().read(), { signal }),
]
export const together: readonly PromiseLike<unknown>[] = [
  firstOf(sleep(1, { signal }), sleep(2, { signal })),
  allOf(sleep(1, { signal }), sleep(2, { signal })),
]
export const paused: PromiseLike<unknown> = pause({ signal: client.signal }).frame.until
export const fetched: Promise<Response> = fetch('http://localhost', { signal: client.signal })
