// The workflow of CI, read as text: what it runs exists, and it covers the runtimes that the manifests promise.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listPackages } from '../support/runner/packages.mjs'
import { runProcess } from '../support/runner/run-process.mjs'

const workflow = readFileSync('.github/workflows/ci.yml', 'utf8')
const commands = [...workflow.matchAll(/^ *- run: (.+)$/gm)].map(([, command = '']) => command)

const ci = suite('the workflow of CI')

ci('every run is one command, on a line that this test can read', () => {
  assert.ok(commands.length > 0)
  assert.is(workflow.match(/\brun:/g)?.length, commands.length)
})

for (const command of new Set(commands))
  ci(`${command}: the files and the command of build.mjs that it names exist`, () => {
    const words = command.split(' ')
    for (const file of words.filter((word) => word.includes('/') || word.endsWith('.mjs')))
      assert.ok(existsSync(file), file)
    if (words[0]?.startsWith('.')) accessSync(words[0], constants.X_OK)
    const built = words.indexOf('build.mjs')
    if (built >= 0) assert.match(readFileSync('build.mjs', 'utf8'), `  ${words[built + 1]},\n`)
  })

ci('it runs every even Node from the oldest that the manifests promise', () => {
  const [, versions = ''] = /node: \[([\d, ]+)\]/.exec(workflow) ?? []
  assert.equal(versions.split(', ').map(Number), [20, 22, 24, 26])
  for (const { manifest } of listPackages())
    assert.equal(manifest.engines, { node: '^20.19.0 || >=22.12.0' })
})

ci('it runs Deno and Bun', () => {
  for (const runtime of ['deno run ', 'bun '])
    assert.ok(
      commands.some((command) => command.startsWith(runtime)),
      runtime,
    )
})

ci('the program that Deno and Bun run works on this Node', async () => {
  const { code, output } = await runProcess(process.execPath, ['test/repository/smoke.mjs'])
  assert.is(code, 0, output)
  assert.match(output, /^ok on Node /)
})

ci.run()
