import { pathToFileURL } from 'node:url'
import { compileFile } from '../runner/compile-file.mjs'

/**
 * Compiles an example into a script of its own and gives its URL, to be imported: bundled into the test, it would take itself
 * for the program that was started, and serve.
 */
export const compiledExample = async (name: string): Promise<string> => {
  const { file } = await compileFile(`examples/${name}/app.ts`)
  return pathToFileURL(file).href
}
