// @seconds 300
// @slow 13
// What the READMEs show is run. That it compiles is for block-types.test.ts.
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readmeBlocks, shownModules } from '../support/repository/code-blocks.ts'
import { blockFile, readmes, wholePages } from '../support/repository/documented-blocks.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const inReadmes = readmes()
  .filter((file) => existsSync(file))
  .flatMap((file) => (wholePages.includes(file) ? readmeBlocks(file) : readmeBlocks(file, 'Use')))

// Under node_modules, so that a block finds the packages by their npm names.
const { folder } = scratchFolder('node_modules/.cache/sluice', 'docs-')

for (const { where, code } of inReadmes) writeFileSync(join(folder, blockFile(where)), code)

const shows = suite('docs: every README shows a use that runs')

for (const readme of readmes())
  shows(readme, () => {
    assert.ok(inReadmes.some(({ where }) => where.startsWith(`${readme}:`)))
  })

/** Puts the modules that a README shows beside a program of it: they are loaded by their file names. */
const putModules = (readme: string, program: string): void => {
  writeFileSync(join(dirname(program), 'package.json'), '{ "type": "module" }')
  for (const { name, code } of shownModules(readme))
    writeFileSync(join(dirname(program), name), code)
}

const readmeOf = (where: string): string => where.slice(0, where.lastIndexOf(':'))

for (const { where, prints } of inReadmes) {
  shows(`${where} runs${prints === undefined ? '' : ', and prints what it says'}`, async () => {
    const { file, discard } = await compileFile(join(folder, blockFile(where)))
    putModules(readmeOf(where), file)
    const { code, output, timedOut } = await runProcess(process.execPath, [file], { seconds: 30 })
    discard()
    assert.not(timedOut, 'it ends by itself')
    assert.is(code, 0, output)
    if (prints !== undefined) assert.is(output.trimEnd(), prints.trimEnd())
  })
}

shows.run()
