// An answer that a model writes word by word. It goes on while the page is loaded again, and can be stopped from another tab.
import { randomUUID } from 'node:crypto'
import { readText } from '@sluice/body'
import { compress } from '@sluice/compress'
import { proxyHints } from '@sluice/flush'
import { openHub } from '@sluice/hub'
import { sleep } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { events, lastEventId } from '@sluice/sse'
import { HttpError, html, requestUrl, stack, text } from '@sluice/stack'
import { page } from './page.ts'
import { openStore } from './store.ts'
import type { Hub, Topic } from '@sluice/hub'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/tokens',
  line: 'an answer that is written word by word, and survives a reload of its page',
  curl: (url: string): readonly string[] => [
    `curl -N -d 'What is a sluice?' ${url}`,
    `curl -N --compressed ${url}/ID/events  # with the ID that the first one shows`,
    `curl -X POST ${url}/ID/stop  # elsewhere`,
  ],
}

/** What is logged of an answer: first the question, then the words. */
type Piece = { readonly question: string } | { readonly word: string; readonly n: number }

/** In the place of a model: the words that answer a question, from word `n` on. */
export type Model = (question: string, n: number, signal: AbortSignal) => AsyncIterable<string>

async function* parrot(question: string, n: number, signal: AbortSignal): AsyncGenerator<string> {
  const answer = `You asked: ${question} A sluice is a gate for water, and you are looking at one for words. `
  const words = answer.repeat(3).trim().split(' ')
  for (const word of words.slice(n)) {
    await sleep(100, { signal })
    yield word
  }
}

export const tokens = (hub: Hub, model: Model = parrot): Handler => {
  const answerOf = (id: string): Topic<Piece> =>
    hub.topic<Piece>(`answer ${id}`, { keep: { ms: 24 * 3_600_000 } })

  /** The first entry. */
  const questionOf = async (answer: Topic<Piece>): Promise<string> => {
    const { newest } = await answer.state()
    if (newest !== undefined)
      for await (const item of answer.read())
        return item.kind === 'entry' && 'question' in item.value ? item.value.question : ''
    throw new HttpError('NOT_FOUND', 'Cannot find the answer: it was not asked for, or long ago')
  }

  /** Runs the model once, in whichever process was first. If that dies, another continues behind the last word. */
  const produce = (answer: Topic<Piece>, question: string) =>
    answer.produce(
      async function* ({ signal, last }) {
        let n = last !== undefined && 'n' in last.value ? last.value.n : 0
        for await (const word of model(question, n, signal)) yield { word, n: ++n }
      },
      // A page that is loaded again is back by then. Nobody else wants the rest.
      { graceMs: 10_000 },
    )

  const ask = async ({ body }: HttpRequest): Promise<HttpResponse> => {
    const question = await readText(body, { maxBytes: 1000 })
    const id = randomUUID()
    const answer = answerOf(id)
    await answer.append({ question })
    produce(answer, question)
    return text(`${about.path}/${id}\n`, {
      status: 201,
      headers: { location: `${about.path}/${id}` },
    })
  }

  const listen = async (request: HttpRequest, answer: Topic<Piece>): Promise<HttpResponse> => {
    produce(answer, await questionOf(answer))
    return events(answer.read({ after: lastEventId(request) }), { client: request.client })
  }

  const stop = async (answer: Topic<Piece>): Promise<HttpResponse> => {
    await questionOf(answer)
    await answer.stop('by a reader')
    return text('Stopped.\n')
  }

  return stack(
    proxyHints(),
    compress(),
  )(async (request) => {
    if (!['GET', 'HEAD', 'POST'].includes(request.method))
      return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
    const isPost = request.method === 'POST'
    const { pathname } = requestUrl(request)
    const [id = '', what] = pathname.slice(about.path.length + 1).split('/')
    if (id === '' && isPost) return ask(request)
    if (what === undefined) return html(page(about.path))
    if (what === 'events') return listen(request, answerOf(id))
    if (what === 'stop' && isPost) return stop(answerOf(id))
    throw new HttpError('NOT_FOUND', 'Cannot find the page')
  })
}

/** In memory. */
export const app: Handler = tokens(openHub())

if (process.argv[1] === import.meta.filename) {
  const { engine, close } = await openStore()
  const hub = openHub({ engine })
  const server = await serve(tokens(hub), { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  server.closed.then(() => hub.close()).then(close)
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
