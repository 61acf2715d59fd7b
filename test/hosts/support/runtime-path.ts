import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const modules = 'test/hosts/runtimes/node_modules'

/** Where npm puts the programs: in a package for each platform. No install script runs that would copy them. */
const places = {
  deno: { scope: '@deno', path: 'deno' },
  bun: { scope: '@oven', path: 'bin/bun' },
  workerd: { scope: '@cloudflare', path: 'bin/workerd' },
} as const

export type Runtime = keyof typeof places

const runs = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { timeout: 60_000 })
    return true
  } catch {
    // It is for another C library, say.
    return false
  }
}

const found = new Map<Runtime, string | undefined>()

/** The program of a runtime that is installed and runs on this machine. */
export const runtimePath = (runtime: Runtime): string | undefined => {
  if (!found.has(runtime)) found.set(runtime, find(runtime))
  return found.get(runtime)
}

const find = (runtime: Runtime): string | undefined => {
  const { scope, path } = places[runtime]
  const folder = join(modules, scope)
  if (!existsSync(folder)) return undefined
  return readdirSync(folder)
    .map((name) => join(folder, name, path))
    .find((program) => existsSync(program) && runs(program))
}
