// The children run as plain scripts: a loader that compiles TypeScript as it is imported is a thread, whose memory would count.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** Beside the packages that the scripts import. */
const folder = new URL('../node_modules/.cache/waterfall/', import.meta.url)

const scripts = new Map<string, string>()

/** Compiles a program of this folder, once. @returns The path of the script. */
export const compiled = (name: string): string => {
  const known = scripts.get(name)
  if (known !== undefined) return known
  const outfile = fileURLToPath(new URL(name.replace(/ts$/, `${process.pid}.mjs`), folder))
  buildSync({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    packages: 'external',
    platform: 'node',
    target: 'node20',
  })
  scripts.set(name, outfile)
  return outfile
}

process.once('exit', () => {
  for (const script of scripts.values()) rmSync(script, { force: true })
})
