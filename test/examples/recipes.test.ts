// The page of recipes: every example is on it, once, and its line is in the example.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleNames } from '../support/repository/example-names.ts'
import { sourceFilesUnder } from '../support/repository/source-file.ts'

const page = readFileSync('examples/README.md', 'utf8')

interface Recipe {
  readonly need: string
  readonly name: string
  readonly packages: string
  readonly line: string
}

const recipes: readonly Recipe[] = [
  ...page.matchAll(/^\| (.+) \| \[(.+)\]\(\2\) \| (.*?) ?\| (?:`(.+)` )?\|$/gm),
].map(([, need = '', name = '', packages = '', line = '']) => ({ need, name, packages, line }))

const shown = suite('examples: the page of recipes')

shown('each folder of examples/ is in one row', () => {
  assert.equal(recipes.map(({ name }) => name).sort(), exampleNames())
})

shown('each row of a table is read here', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!I want|---)/.test(line))
  assert.is(recipes.length, rows.length)
})

for (const file of ['examples/README.md', 'examples/MIGRATING.md'])
  shown(`each link of ${file} leads somewhere`, () => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
    assert.ok(links.length > 0)
    for (const [, link = ''] of links) assert.ok(existsSync(join(dirname(file), link)), link)
  })

/** However it is broken into lines. */
const packed = (code: string): string => code.replaceAll(/\s+/g, '').replaceAll(/,(?=[)\]}])/g, '')

for (const { name, packages, line } of recipes.filter(({ line }) => line !== ''))
  shown(`${name} has its line`, () => {
    const sources = sourceFilesUnder(join('examples', name)).map((file) =>
      readFileSync(file, 'utf8'),
    )
    assert.ok(
      sources.some((source) => packed(source).includes(packed(line))),
      line,
    )
    const { dependencies } = JSON.parse(readFileSync(`examples/${name}/package.json`, 'utf8'))
    for (const [each] of packages.matchAll(/(?<![@\w/-])[a-z][a-z-]+(?=,|$| )/g))
      assert.ok(`@sluice/${each}` in dependencies || each === 'or', each)
  })

shown.run()
