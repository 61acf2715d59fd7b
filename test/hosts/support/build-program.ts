import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { scratchFolder } from '../../support/runner/scratch-folder.mjs'
import type { Host } from '../hosts.ts'

// Under the folder of the peers: their names resolve there, and those of our packages further up.
const { folder } = scratchFolder('test/hosts/node_modules/.cache', 'programs-')

/**
 * Compiles a host's program into one script.
 *
 * For Node, packages stay imports: what runs is the built `dist`. For other runtimes all is in the script.
 */
export const buildProgram = async (runtime: Host['runtime'], source: string): Promise<string> => {
  const outfile = join(folder, runtime, basename(source))
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    packages: runtime === 'node' ? 'external' : 'bundle',
    // What the runtime brings itself.
    external: runtime === 'node' ? [] : ['node:*', 'cloudflare:*'],
    platform: runtime === 'node' ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    sourcemap: 'inline',
    target: 'node20',
  })
  return outfile
}
