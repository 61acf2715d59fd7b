// A scene: an app behind a middleware that compresses, and a client that acts while the response is being made.

import { concat } from '@sluice/body'
import { codings } from '../bodies/codings.ts'
import { readChunk } from '../server/read-response.ts'
import { turn } from '../within.ts'
import type { CompressOptions } from '@sluice/compress'
import type { RawClient } from '../server/raw-client.ts'
import type { ConnectMiddleware } from './compression-row.ts'
import type { StartNode } from './in-node.ts'

/** Makes the middleware of a scene. `minBytes` is 0 by default. */
export type MakeMiddleware = (options?: CompressOptions) => ConnectMiddleware

export interface Scene {
  readonly name: string
  readonly run: (start: StartNode, make: MakeMiddleware) => Promise<void>
  /** Why `compression` fails it: it is not tried on that. */
  readonly theirsFails?: string
}

const bytesOf = (chunks: readonly string[]): Uint8Array =>
  concat(chunks.map((chunk) => new Uint8Array(Buffer.from(chunk, 'latin1'))))

/** Reads chunks until their content begins with a text, however little of it each brings. */
export const readUntil = async (
  client: RawClient,
  chunks: string[],
  coding: string,
  text: string,
): Promise<void> => {
  const decode = codings.find((each) => each.coding === coding)?.decodeBeginning
  if (decode === undefined) throw new Error(`Cannot decode ${coding}`)
  const found = () => Buffer.from(decode(bytesOf(chunks))).toString()
  while (found() !== text) {
    const chunk = await readChunk(client)
    if (chunk === undefined) throw new Error(`Cannot find ${text}: it ended with ${found()}`)
    chunks.push(chunk)
    if (!text.startsWith(found())) throw new Error(`found ${found()} instead of ${text}`)
  }
}

/** A GET of the root that accepts these codings, on a connection that is kept. */
export const gets = (accepts: string, ...lines: readonly string[]): string =>
  ['GET / HTTP/1.1', 'Host: a', `Accept-Encoding: ${accepts}`, ...lines, '', ''].join('\r\n')

/** Waits until a count has not changed for many turns. */
export const standstill = async (count: () => number): Promise<number> => {
  let last = -1
  for (let quiet = 0; quiet < 300; quiet++) {
    await turn()
    if (count() === last) continue
    last = count()
    quiet = 0
  }
  return last
}
