// @seconds 400
// @slow 50
// @installs test/hosts
// Each example copied out of the repository, installed there from tarballs and started, as its README says.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installTarballs, packPackages } from '../support/repository/installed-packages.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

/** Those that the tests of hosts use. */
const frameworks = 'test/hosts/node_modules'

const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-copied-')

// tsx compiles by esbuild, and that is a binary for this machine.
const binaries = readdirSync('node_modules/@esbuild').map((name) => `@esbuild/${name}`)
const libraries = [
  'ts-pattern',
  'mime-db',
  'tinypool',
  'node-sqlite3-wasm',
  'tsx',
  'esbuild',
  ...binaries,
]
const tarballs = await packPackages(join(scratch, 'tarballs'), libraries)

/** Whether an example names packages that are neither ours nor those that every example runs by. */
const namesFrameworks = (name: string): boolean => {
  const { dependencies } = JSON.parse(readFileSync(join('examples', name, 'package.json'), 'utf8'))
  return Object.keys(dependencies).some((each) => !tarballs.has(each))
}

/** Keeps the links of `node_modules/.bin` as they are. */
const links = { recursive: true, verbatimSymlinks: true }

const copied = suite('examples: copied out')

for (const name of readdirSync('examples')) {
  if (name === 'showcase') continue
  copied(`${name} installs, starts, answers and ends`, async () => {
    const folder = join(scratch, name)
    const filter = (path: string) => !path.includes('node_modules')
    cpSync(join('examples', name), folder, { recursive: true, filter })
    // What npm finds installed it does not ask the network for. It deletes what the example does not need.
    if (namesFrameworks(name)) cpSync(frameworks, join(folder, 'node_modules'), links)
    await installTarballs(folder, tarballs.values())
    const program = startProgram('npm', ['start'], { cwd: folder, env: { PORT: '0' } })
    const [, url = ''] = await program.printed(/curl .*(http:\S+)$/m)
    const controller = new AbortController()
    const response = await fetch(url, { signal: controller.signal })
    assert.is(response.status, 200)
    const first = await response.body?.getReader().read()
    assert.ok((first?.value?.length ?? 0) > 0)
    controller.abort()
    program.signal('SIGINT')
    await program.exited()
  })
}

copied.after(discard)
copied.run()
