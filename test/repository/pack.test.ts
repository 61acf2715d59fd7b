// @seconds 300
// @slow 6
// @declarations
// Packages packed by `build.mjs pack` for another project, and where folders are that are typed after `npm run`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const root = process.cwd()
const { folder, discard } = scratchFolder(tmpdir(), 'sluice-pack-')
const project = scratchFolder(tmpdir(), 'sluice-project-')
const build = join(root, 'build.mjs')

const type = (...args: readonly string[]) =>
  runProcess(process.execPath, [build, ...args], { cwd: folder })

/** What npm says if the machine is offline. */
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/

const pack = suite('build.mjs pack')

pack(
  'packs the packages that are named and what they need, and says how to install them',
  async () => {
    const { code, output } = await type('pack', 'two', '@sluice/node', '@sluice/compress')
    assert.is(code, 0, output)
    const names = readdirSync(join(folder, 'two')).map((file) => file.replace(/-\d.*\.tgz$/, ''))
    const wanted = ['body', 'compress', 'filter', 'node', 'stack'].map((name) => `sluice-${name}`)
    assert.equal(names.sort(), wanted)
    const [, command = ''] = /^ {2}(npm install .*)$/m.exec(output) ?? []
    writeFileSync(join(project.folder, 'package.json'), '{ "type": "module" }')
    const typed = `${command} --prefer-offline --no-audit --no-fund`
    const installed = await runProcess('sh', ['-c', typed], { cwd: project.folder, seconds: 240 })
    if (process.env.CI === undefined && unreachable.test(installed.output))
      return console.log('skipped: the registry of npm cannot be reached')
    assert.is(installed.code, 0, installed.output)
    const program = `await import('@sluice/compress'); await import('@sluice/node')`
    const args = ['--input-type=module', '--eval', program]
    const imported = await runProcess(process.execPath, args, { cwd: project.folder })
    assert.is(imported.code, 0, imported.output)
  },
)

pack('without names, packs all', async () => {
  const { code, output } = await type('pack', 'all')
  assert.is(code, 0, output)
  assert.is(readdirSync(join(folder, 'all')).length, readdirSync('packages').length)
})

for (const { name, args, says } of [
  {
    name: 'a name that no package has',
    args: ['none', '@sluice/nod'],
    says: /wanted some of .*@sluice\/node/,
  },
  { name: 'no folder', args: [], says: /^Usage: node build\.mjs pack DIR \[PACKAGE\.\.\.\]\n$/ },
])
  pack(`${name} is refused, and nothing is written`, async () => {
    const { code, output } = await type('pack', ...args)
    assert.is(code, 1)
    assert.match(output, says)
    assert.not.ok(existsSync(join(folder, 'none')))
  })

pack.run()

const npmRun = suite('npm run copy')

npmRun('a folder is relative to where it is typed, as the printed cd is', async () => {
  const args = ['--prefix', root, 'run', '--silent', 'copy', 'events', 'mine']
  const { code, output } = await runProcess('npm', args, { cwd: folder })
  assert.is(code, 0, output)
  assert.match(output, /^ {2}cd mine$/m)
  const { scripts } = JSON.parse(readFileSync(join(folder, 'mine/package.json'), 'utf8'))
  assert.equal(scripts, { start: 'tsx app.ts', check: 'tsc' })
})

npmRun.after(() => {
  discard()
  project.discard()
})
npmRun.run()
