// The files that the page links to, as text. Nothing else of the repository is served.
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { HttpError, stream } from '@sluice/stack'
import type { HttpResponse } from '@sluice/stack'

const repository = new URL('../../', import.meta.url)

/** Documents by their paths in the repository. */
export const documents = {
  readme: 'README.md',
  recipes: 'examples/README.md',
  migrating: 'examples/MIGRATING.md',
  costs: 'test/bench/COSTS.md',
} as const

/** The README and the programs of an example. */
export const filesOf = (name: string): readonly string[] =>
  readdirSync(new URL(`examples/${name}/`, repository)).filter((file) =>
    /\.(md|ts|js|py|sh)$/.test(file),
  )

const folders = readdirSync(new URL('examples/', repository), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Only what is in this list is read, so a path that leads elsewhere finds nothing. */
const listed: ReadonlySet<string> = new Set([
  ...Object.values(documents),
  ...folders.flatMap((name) => filesOf(name).map((file) => `examples/${name}/${file}`)),
])

/** The address of a file of the repository. */
export const addressOf = (path: string): string => `/source/${path}`

/** `no-cache`: what is edited is seen when the page is loaded again. */
export const sourceFile = async (address: string): Promise<HttpResponse> => {
  const path = address.slice(addressOf('').length)
  if (!listed.has(path))
    throw new HttpError('NOT_FOUND', 'Cannot find the file: the page links to none of this name')
  return stream(await readFile(new URL(path, repository)), {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
  })
}
