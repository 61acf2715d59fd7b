// A page made of several calls to another server, by XML-RPC. All are sent at once, and each answer is shown as it comes.
import { BodyError, readText, toBody } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import { pageEnd, rowOf, shell } from './page.ts'
import { withStandIn } from './stand-in.ts'
import { Fault, readResponse, writeCall } from './xml-rpc.ts'
import type { Handler } from '@sluice/stack'
import type { Value } from './xml-rpc.ts'

export { Fault }

export const about = {
  path: '/xml-rpc-page',
  line: 'a page of four XML-RPC calls: the shell at once, each answer as it comes, errors in their place',
  curl: (url: string): readonly string[] => [`curl -N ${url}`],
}

/** Calls a method of the other server, until the signal aborts. */
export type Call = (
  method: string,
  params: readonly Value[],
  signal: AbortSignal,
) => PromiseLike<Value>

export interface PageOptions {
  /** Milliseconds that an answer may take: 3,000 by default. */
  readonly timeoutMs?: number
}

/** Calls by HTTP. An answer may have 64 KiB. */
export const xmlRpc =
  (url: string): Call =>
  async (method, params, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: writeCall({ method, params }),
      redirect: 'error',
      signal,
    })
    const xml = await readText(toBody(response.body), { maxBytes: 65_536, signal })
    if (response.ok) return readResponse(xml)
    throw new BodyError('CALL_REFUSED', `Cannot call: found the status ${response.status}`, {
      status: 502,
    })
  }

const questions = [
  { title: 'Ferry', method: 'ferry.position', params: ['Anna'] },
  { title: 'Lock', method: 'lock.times', params: [] },
  { title: 'Bridge', method: 'bridge.openings', params: [] },
  { title: 'River', method: 'river.level', params: ['Delft'] },
] as const

/** The shell is sent at once. A row follows when its call has settled, in whatever order they do. */
export const xmlRpcPage = (call: Call, { timeoutMs = 3000 }: PageOptions = {}): Handler => {
  const page = (signal: AbortSignal) =>
    writing(async (out) => {
      out.write(shell(questions))
      out.flush()
      const rows = questions.map(async ({ title, method, params }, index) => {
        const over = new AbortController()
        const show = rowOf(index + 1, title)
        try {
          const value = await until(call(method, params, over.signal), { timeoutMs, signal })
          out.write(show('answer', JSON.stringify(value)))
        } catch (error) {
          // The client has left.
          if (signal.aborted) throw error
          out.write(show('problem', problemOf(error)))
        } finally {
          // Ends the call, also if nobody waits for its answer any more.
          over.abort()
        }
        out.flush()
      })
      await Promise.all(rows)
      out.write(pageEnd)
    })
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  return stack(proxyHints())((request) => {
    const { method, client } = request
    if (requestUrl(request).pathname !== about.path)
      throw new HttpError('NOT_FOUND', 'Cannot find the page')
    if (method !== 'GET' && method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
    return stream(page(client.signal), { headers })
  })
}

/** Only what is meant to be read by others: the words of a fault, and those of Sluice. */
const problemOf = (error: unknown): string => {
  if (error instanceof Fault) return `fault ${error.code}: ${error.message}`
  if (error instanceof BodyError)
    return error.code === 'TIMED_OUT' ? 'no answer in time' : error.message
  return 'the other server cannot be reached'
}

export const app: Handler = xmlRpcPage((method, params, signal) =>
  withStandIn((url) => xmlRpc(url)(method, params, signal)),
)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
