// @seconds 300
// @slow 44
// Each example copied out of the repository, installed there from tarballs and started, as its README says.
import { cpSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installTarballs, packPackages } from '../support/repository/installed-packages.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-copied-')

// tsx compiles by esbuild, and that is a binary for this machine.
const binaries = readdirSync('node_modules/@esbuild').map((name) => `@esbuild/${name}`)
const libraries = ['ts-pattern', 'mime-db', 'tsx', 'esbuild', ...binaries]
const tarballs = await packPackages(join(scratch, 'tarballs'), libraries)

const copied = suite('examples: copied out')

for (const name of readdirSync('examples')) {
  if (name === 'showcase') continue
  copied(`${name} installs, starts, answers and ends`, async () => {
    const folder = join(scratch, name)
    const filter = (path: string) => !path.includes('node_modules')
    cpSync(join('examples', name), folder, { recursive: true, filter })
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
