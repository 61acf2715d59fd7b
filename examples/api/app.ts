// A JSON API with what it needs around a stream: routes, checked input, a session, other origins, errors as JSON, a log.
import { randomBytes } from 'node:crypto'
import { flush } from '@sluice/flush'
import { closeOnSignal, serve } from '@sluice/server'
import { empty, HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { pino } from 'pino'
import { z } from 'zod'
import { accessLog } from './access-log.ts'
import { checked, checkedContent } from './checked.ts'
import { cors } from './cors.ts'
import { itemsInMemory } from './items.ts'
import { problems } from './problems.ts'
import { routes } from './routes.ts'
import { session } from './session.ts'
import type { Frame } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Logger } from 'pino'
import type { Item, Items } from './items.ts'
import type { WithParams } from './routes.ts'
import type { WithSession } from './session.ts'

export const about = {
  path: '/api',
  line: 'an API: routes, checked input, a session, other origins, errors as JSON, and a streamed list',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/items`,
    `curl -i -H 'content-type: application/json' -d '{"name":"Assam","grams":100}' ${url}/items`,
    `curl -i -H 'content-type: application/json' -d '{"name":"","grams":"many"}' ${url}/items`,
    `curl -i -X PUT ${url}/items`,
    `curl ${url}/items/1`,
  ],
}

type Request = HttpRequest & WithParams & WithSession

const NewItem = z.strictObject({
  name: z.string().trim().min(1).max(100),
  grams: z.int().min(1).max(10_000),
})
const Page = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) })

interface AnswerInit {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiOptions {
  readonly items: Items
  readonly log: Logger
  /** Of which origins scripts may read the answers. */
  readonly origins: readonly string[]
  /** Signs the sessions. */
  readonly secret: string | Uint8Array
}

export const api = ({ items, log, origins, secret }: ApiOptions): Handler => {
  /** Each item leaves as soon as it is read. When the client leaves, the reading ends. */
  async function* lines(limit: number, signal: AbortSignal): AsyncGenerator<string | Frame> {
    for await (const item of items.all(limit, signal)) {
      yield `${JSON.stringify(shown(item))}\n`
      yield flush
    }
  }

  const list = (request: Request): HttpResponse => {
    const { limit } = checked(Page, Object.fromEntries(requestUrl(request).searchParams))
    const headers = { 'content-type': 'application/x-ndjson' }
    return stream(lines(limit, request.client.signal), { headers })
  }

  const add = async (request: Request): Promise<HttpResponse> => {
    const wanted = await checkedContent(NewItem, request)
    const item = await items.add({ ...wanted, owner: request.session })
    return answer(shown(item), {
      status: 201,
      headers: { location: `${about.path}/items/${item.id}` },
    })
  }

  const find = async ({ params }: Request): Promise<Item> => {
    const item = await items.get(Number(params.id))
    if (item === undefined) throw new HttpError('NOT_FOUND', 'Cannot find the item')
    return item
  }

  const remove = async (request: Request): Promise<HttpResponse> => {
    const { id, owner } = await find(request)
    if (owner !== request.session)
      throw new HttpError('FORBIDDEN', 'Cannot delete the item: another session added it')
    await items.remove(id)
    return empty()
  }

  return stack(
    accessLog(log),
    cors({ origins }),
    problems(log),
    session({ path: about.path, secret }),
  )(
    routes<HttpRequest & WithSession>({
      [about.path]: { GET: () => answer({ items: `${about.path}/items` }) },
      [`${about.path}/items`]: { GET: list, POST: add },
      [`${about.path}/items/:id(\\d+)`]: {
        GET: async (request) => answer(shown(await find(request))),
        DELETE: remove,
      },
    }),
  )
}

/** JSON as a line of its own: otherwise a prompt would stand behind it in a terminal. */
const answer = (value: unknown, { status = 200, headers = {} }: AnswerInit = {}): HttpResponse =>
  text(`${JSON.stringify(value)}\n`, {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })

/** Whose session added it stays here. */
const shown = ({ id, name, grams }: Item) => ({ id, name, grams })

export const app: Handler = api({
  items: itemsInMemory(),
  log: pino(),
  origins: ['http://localhost:3000', 'http://127.0.0.1:3000'],
  // Sessions outlive a restart, and several processes share them, only if it is set.
  secret: process.env.SESSION_SECRET || randomBytes(32),
})

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
