import { readText } from '@sluice/body'
import { text } from '@sluice/stack'
import type { Handler } from '@sluice/stack'

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

/** The head of a POST with these field lines. */
const postHead = (...lines: readonly string[]): string =>
  ['POST / HTTP/1.1', 'host: a', ...lines, '', ''].join('\r\n')

/** A POST in the chunked coding, which is given. */
export const chunkedPost = (coded: string): string => postHead('transfer-encoding: chunked') + coded
