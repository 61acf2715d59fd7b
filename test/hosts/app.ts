// The application of the matrix: one Sluice handler with a path for each behaviour. It runs in every host, so it needs no `node:`.
// A request of a behaviour has an `id`. `/resume?id=…` lets it take its next step; `/probe?id=…` says what was counted for it.
import { json, text } from '@sluice/stack'
import { allowStep, countsOf, idOf, nameOf, sources } from './ledger.ts'
import { pages } from './pages/index.ts'
import type { Handler, HttpRequest } from '@sluice/stack'

/** Apps can be mounted here: the target of a request keeps this prefix. */
export const mountedAt = '/mounted'

const pathOf = (target: string): string => {
  const path = target.replace(/\?.*/, '')
  return path.startsWith(`${mountedAt}/`) ? path.slice(mountedAt.length) : path
}

/** The handler that every program mounts. */
export const app: Handler = (request) => {
  const path = pathOf(request.target)
  const id = idOf(request.target)
  if (path === '/probe') return json(countsOf(id))
  if (path === '/open-sources') return text(String(sources.open))
  if (path === '/resume') {
    allowStep(id)
    return text('resumed\n')
  }
  countsOf(id).started++
  const page = pages[path.startsWith('//') ? '/echo' : path]
  return page === undefined ? text('no such page\n', { status: 404 }) : page(request, id)
}

/** The `onError` that every program passes to its host. Errors of the app name the request that they belong to. */
export const onError = (error: unknown, request?: HttpRequest): void => {
  const id = request === undefined ? idOf(nameOf(error)) : idOf(request.target)
  countsOf(id).errors.push(nameOf(error))
}
