import { readText } from '@sluice/body'
import { text } from '@sluice/stack'
import * as assert from 'uvu/assert'
import { readResponse } from './read-response.ts'
import { get, serving } from './serving.ts'
import type { Handler } from '@sluice/stack'
import type { Site } from './serving.ts'

/** A handler that reads each request whole and answers with what it was. */
export interface Reading {
  readonly handler: Handler
  /** The target of each request that it was given whole. */
  readonly targets: readonly string[]
}

export const reading = (): Reading => {
  const targets: string[] = []
  const handler: Handler = async ({ target, body }) => {
    const content = await readText(body)
    targets.push(target)
    return text(`${target} ${content}`)
  }
  return { handler, targets }
}

/**
 * A test that each of these requests is refused with a status, between two good ones on a connection: what came before is
 * answered, there is one answer for it and the end, and what comes after never comes to a handler.
 */
export const refusing = (status: number, requests: readonly string[]): (() => Promise<void>) =>
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    for (const sent of requests) await assertRefused(site, sent, status)
    assert.equal([...new Set(targets)], ['/before'])
  })

const assertRefused = async (site: Site, sent: string, status: number) => {
  const name = JSON.stringify(sent.slice(0, 200))
  const client = await site.connect()
  client.send(get('/before') + sent + get('/after'))
  assert.is((await readResponse(client)).content, '/before ', name)
  const answer = await readResponse(client)
  assert.is(answer.status, status, name)
  assert.is(answer.fields.get('connection'), 'close', name)
  assert.equal(await client.takeRest(), Buffer.alloc(0), name)
  assert.is(client.ended, 'end', name)
  client.destroy()
}

/** A test that of each of these requests the content is read, and then the request after it on its connection. */
export const keeping = (
  requests: readonly (readonly [sent: string, content: string])[],
): (() => Promise<void>) =>
  serving(async (start) => {
    const site = await start(reading().handler)
    for (const [sent, content] of requests) {
      const client = await site.connect()
      client.send(sent + get('/after'))
      assert.is((await readResponse(client)).content, `/ ${content}`, JSON.stringify(sent))
      assert.is((await readResponse(client)).content, '/after ')
      client.destroy()
    }
  })

/** The head of a POST with these field lines. */
export const postHead = (...lines: readonly string[]): string =>
  ['POST / HTTP/1.1', 'host: a', ...lines, '', ''].join('\r\n')

/** A POST in the chunked coding, which is given. */
export const chunkedPost = (coded: string): string => postHead('transfer-encoding: chunked') + coded
