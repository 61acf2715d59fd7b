import { setTimeout as sleep } from 'node:timers/promises'
import { get, post, request } from '../support/server/serving.ts'
import { between, connected, expectContent } from './lab.ts'
import type { Action } from './lab.ts'

const contentOf = (bytes: number) => 'abcdefghij'.repeat(Math.ceil(bytes / 10)).slice(0, bytes)

/** Several requests on one connection, one after the other, with time between some of them. */
export const keepAlive: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    for (let left = between(random, 1, 8); left > 0; left--) {
      const id = newId()
      const path = random() < 0.2 ? `/slow?ms=20&id=${id}` : `/id?id=${id}`
      client.send(get(path))
      await expectContent(client, id, path)
      if (random() < 0.2) await sleep(between(random, 1, 50))
    }
  })

/** Requests sent at once: the answers in their order. */
export const pipelined: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const ids = Array.from({ length: between(random, 2, 40) }, newId)
    client.send(ids.map((id) => get(`/id?id=${id}`)).join(''))
    for (const id of ids) await expectContent(client, id, `a pipelined ${id}`)
  })

/** Chunked content, cut into chunks and writes at random, with extensions and trailers now and then. */
export const chunked: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const id = newId()
    const content = contentOf(between(random, 0, 20_000))
    client.send(request('POST', `/echo?id=${id}`, 'transfer-encoding: chunked'))
    for (let at = 0; at < content.length; ) {
      const part = content.slice(at, at + between(random, 1, 4000))
      at += part.length
      const extension = random() < 0.1 ? ';name="value"' : ''
      client.send(`${part.length.toString(16)}${extension}\r\n${part}\r\n`)
      if (random() < 0.1) await sleep(2)
    }
    client.send(random() < 0.2 ? '0\r\nx-checksum: 1\r\n\r\n' : '0\r\n\r\n')
    await expectContent(client, `${id}\n${content}`, `a chunked ${id}`)
    client.send(get(`/id?id=${id}`))
    await expectContent(client, id, `what came after a chunked ${id}`)
  })

/** Content of a length, at once. */
export const upload: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const id = newId()
    const content = contentOf(between(random, 1, 200_000))
    client.send(post(`/echo?id=${id}`, content))
    await expectContent(client, `${id}\n${content}`, `an upload ${id}`)
  })

/** Head and content a few bytes at a time. */
export const slowWriter: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const id = newId()
    const content = contentOf(between(random, 10, 60))
    const whole = post(`/echo?id=${id}`, content)
    for (let at = 0; at < whole.length; at += 15) {
      client.send(whole.slice(at, at + 15))
      await sleep(between(random, 5, 30))
    }
    await expectContent(client, `${id}\n${content}`, `a slow upload ${id}`)
  })

/** Reads a large answer with pauses, so that it fills what stands between. */
export const slowReader: Action = ({ port, random, newId }) =>
  connected(port, async (client) => {
    const bytes = between(random, 1_000_000, 6_000_000)
    const id = newId()
    client.send(get(`/download?bytes=${bytes}`) + get(`/id?id=${id}`))
    for (let i = 0; i < 4; i++) {
      client.pause()
      await sleep(50)
      client.resume()
      await sleep(5)
    }
    await expectContent(client, 'a'.repeat(bytes), `a download of ${bytes}`)
    await expectContent(client, id, `what came after a download: ${id}`)
  })

/** A page that comes part by part. */
export const streamed: Action = ({ port, newId }) =>
  connected(port, async (client) => {
    const id = newId()
    client.send(get(`/page?id=${id}`))
    await expectContent(client, id, `a page ${id}`)
  })
