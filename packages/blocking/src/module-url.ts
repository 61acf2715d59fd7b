import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { foundIn } from '@sluice/body/engine'

/**
 * The URL of a module for worker threads.
 *
 * @param module A `file:` URL, as `new URL('./app.js', import.meta.url)`, or an absolute path. A relative path would be relative to the
 *   caller's module, which is not known here.
 * @throws {TypeError} At the call, if it is neither, or if there is no such file.
 */
export const moduleUrl = (module: URL | string): string => {
  const url = urlOf(module)
  if (url === undefined)
    throw new TypeError(
      `Cannot use the module: found ${describe(module)}, wanted a file: URL such as new URL('./app.js', import.meta.url)`,
    )
  if (!existsSync(fileURLToPath(url)))
    throw new TypeError(`Cannot use the module: found no file at ${url.href}`)
  return url.href
}

const urlOf = (module: unknown): URL | undefined => {
  if (typeof module === 'string' && isAbsolute(module)) return pathToFileURL(module)
  const url = typeof module === 'string' ? module : String(module)
  return URL.canParse(url) && url.startsWith('file:') ? new URL(url) : undefined
}

const describe = (module: unknown): string =>
  typeof module === 'string' ? module : foundIn(module)
