import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A module of `test/blocking/programs`, for worker threads: they import it as its users would, so it is not compiled. */
export const program = (name: string): URL =>
  pathToFileURL(resolve('test/blocking/programs', `${name}.mjs`))
