// The style sheets, scripts and pictures of the page, read once.
import { readdirSync, readFileSync } from 'node:fs'
import { HttpError, stream } from '@sluice/stack'
import type { HttpResponse } from '@sluice/stack'

const types = new Map([
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['svg', 'image/svg+xml'],
])

const folder = new URL('./static/', import.meta.url)

const files = new Map(
  readdirSync(folder).map((name) => [`/static/${name}`, readFileSync(new URL(name, folder))]),
)

/** `no-cache`: what is edited is seen when the page is loaded again. */
export const staticFile = (path: string): HttpResponse => {
  const content = files.get(path)
  const type = types.get(path.slice(path.lastIndexOf('.') + 1))
  if (content === undefined || type === undefined)
    throw new HttpError('NOT_FOUND', 'Cannot find the file: there is none of this name')
  return stream(content, {
    headers: {
      'content-type': type,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
  })
}
