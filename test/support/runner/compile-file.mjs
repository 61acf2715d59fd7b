import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { scratchFolder } from './scratch-folder.mjs'

/**
 * Compiles one file and what it imports by a relative path into one script.
 *
 * Packages stay imports, by their npm names, so what runs is the built dist. The script lies under node_modules, where
 * those names resolve, in a folder of its own, so that two runs at once do not meet.
 *
 * @returns `file`, and `discard()` to delete it.
 */
export const compileFile = async (source) => {
  const { folder, discard } = scratchFolder('node_modules/.cache/sluice', 'run-')
  const file = join(folder, basename(source).replace(/\.m?[jt]s$/, '.mjs'))
  try {
    await build({
      entryPoints: [source],
      outfile: file,
      bundle: true,
      format: 'esm',
      logLevel: 'silent',
      packages: 'external',
      platform: 'node',
      sourcemap: true,
      target: 'node20',
    })
  } catch (error) {
    discard()
    throw error
  }
  return { file, discard }
}
