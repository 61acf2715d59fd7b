// @seconds 300
// What the READMEs and docstrings show is compiled here, and what the READMEs show is run.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleBlocks, readmeBlocks } from '../support/code-blocks.ts'
import { compileFile } from '../support/compile-file.mjs'
import { listPackages } from '../support/packages.mjs'
import { runProcess } from '../support/run-process.mjs'
import { scratchFolder } from '../support/scratch-folder.mjs'
import { sourceFilesUnder } from '../support/source-file.ts'
import { typeCheck } from '../support/type-check.ts'

const packages = listPackages()
const whole = ['README.md', 'packages/stack/ERRORS.md']
const readmes = [...whole, ...packages.map(({ folder }) => join(folder, 'README.md'))]
const inReadmes = readmes
  .filter((file) => existsSync(file))
  .flatMap((file) => (whole.includes(file) ? readmeBlocks(file) : readmeBlocks(file, 'Use')))
const inDocstrings = packages
  .flatMap(({ folder }) => sourceFilesUnder(join(folder, 'src')))
  .flatMap(exampleBlocks)

const fileNameOf = (where: string): string => `${where.replaceAll(/[/:]/g, '-')}.mts`

// Under node_modules, so that a block finds the packages by their npm names.
const { folder } = scratchFolder('node_modules/.cache/sluice', 'docs-')

for (const { where, code } of [...inReadmes, ...inDocstrings])
  writeFileSync(join(folder, fileNameOf(where)), code)
const files = [...inReadmes, ...inDocstrings].map(({ where }) => fileNameOf(where))
const complaints = await typeCheck(folder, files)

const compiles = suite('docs: every block compiles')

compiles('the compiler complains of nothing outside the blocks', () => {
  assert.is(complaints.get('') ?? '', '')
})

for (const { where } of [...inReadmes, ...inDocstrings])
  compiles(where, () => {
    assert.is(complaints.get(fileNameOf(where)) ?? '', '')
  })

compiles.run()

const shows = suite('docs: every README shows a use that runs')

for (const readme of readmes)
  shows(readme, () => {
    assert.ok(inReadmes.some(({ where }) => where.startsWith(`${readme}:`)))
  })

for (const { where, prints } of inReadmes)
  shows(`${where} runs${prints === undefined ? '' : ', and prints what it says'}`, async () => {
    const { file, discard } = await compileFile(join(folder, fileNameOf(where)))
    const { code, output, timedOut } = await runProcess(process.execPath, [file], { seconds: 30 })
    discard()
    assert.not(timedOut, 'it ends by itself')
    assert.is(code, 0, output)
    if (prints !== undefined) assert.is(output.trimEnd(), prints.trimEnd())
  })

shows.run()
