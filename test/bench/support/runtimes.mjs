import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const modules = 'test/bench/node_modules'

const versionOf = (command) => {
  try {
    const output = execFileSync(command, ['--version'], { encoding: 'utf8', timeout: 10_000 })
    return /\d+\.\d+\.\d+/.exec(output)?.[0]
  } catch {
    // Not there, or not for this machine.
    return undefined
  }
}

const firstThatRuns = (paths) =>
  paths
    .map((path) => resolve(modules, path))
    .filter(existsSync)
    .map((command) => ({ command, version: versionOf(command) }))
    .find(({ version }) => version !== undefined)

const runtime = (kind, { command, version }, args) => ({
  kind,
  name: `${kind} ${version}`,
  command,
  args,
})

// The very packages that npm's `node` installs by a script of its own.
const newerNode = () =>
  firstThatRuns([
    `node-${process.platform}-${process.arch}/bin/node`,
    `node-bin-${process.platform}-${process.arch}/bin/node`,
  ])

const denoPaths = ['x64-glibc', 'arm64-glibc'].map((each) => `@deno/linux-${each}/deno`)
const bunPaths = ['linux-x64', 'linux-aarch64', 'linux-x64-musl', 'darwin-aarch64'].map(
  (each) => `@oven/bun-${each}/bin/bun`,
)

const gc = ['--expose-gc']

/** The runtimes that are here: this Node, a newer one, Deno and Bun. */
export const findRuntimes = () => {
  const own = { command: process.execPath, version: process.versions.node }
  const newer = newerNode()
  const deno = firstThatRuns([...denoPaths, `@deno/darwin-${process.arch}/deno`])
  const bun = firstThatRuns(bunPaths)
  return [
    runtime('node', own, gc),
    ...(newer === undefined || newer.version === own.version ? [] : [runtime('node', newer, gc)]),
    ...(deno === undefined
      ? []
      : [runtime('deno', deno, ['run', '--allow-all', '--quiet', '--v8-flags=--expose-gc'])]),
    ...(bun === undefined ? [] : [runtime('bun', bun, ['run'])]),
  ]
}
