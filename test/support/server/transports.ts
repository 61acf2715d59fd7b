import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import * as assert from 'uvu/assert'
import { readResponse } from './read-response.ts'
import { get, post } from './serving.ts'
import type { Handler } from '@sluice/stack'
import type { RawClient } from './raw-client.ts'

let sockets = 0
/** A path for a Unix socket that is not there. */
export const freePath = (): string => join(tmpdir(), `transport-${++sockets}.sock`)

/** Answers with the target and the content. */
export const echo: Handler = async ({ target, body }) => text(`${target} ${await readText(body)}`)

/** A body that breaks when some of it has been sent: in HTTP/1.0 only a reset tells. */
export const breaking: Handler = () => {
  async function* body() {
    yield 'part'
    yield { kind: 'flush' } as const
    throw new Error('the source is gone')
  }
  return stream(body())
}

/** Asks `echo` twice on a connection, which ends with it. */
export const works = async (client: RawClient): Promise<void> => {
  client.send(get('/1') + post('/2', 'hello', 'connection: close'))
  assert.is((await readResponse(client)).content, '/1 ')
  assert.is((await readResponse(client)).content, '/2 hello')
  await client.takeRest()
  assert.is(client.ended, 'end')
  client.destroy()
}

/** Asks `breaking`, and waits for the end of the connection. */
export const breaks = async (client: RawClient): Promise<void> => {
  client.send('GET / HTTP/1.0\r\n\r\n')
  await client.takeTo('part')
  await client.takeRest()
  client.destroy()
}
