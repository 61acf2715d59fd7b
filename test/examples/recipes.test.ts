// The page of recipes: every example is on it, once, and its line is in the example.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

shown('each group of recipes is in the root README', () => {
  const root = readFileSync('README.md', 'utf8')
  const groups = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title)
  for (const title of groups) {
    const anchor = title
      .toLowerCase()
      .replaceAll(/[^a-z ]/g, '')
      .replaceAll(' ', '-')
    assert.ok(root.includes(`- [${title}](examples/README.md#${anchor})`), title)
  }
})

for (const name of exampleNames())
  shown(`the README of ${name} says what to change, and what each of its files has`, () => {
    const readme = readFileSync(`examples/${name}/README.md`, 'utf8')
    assert.match(readme, /^To change it: /m)
    const files = readdirSync(`examples/${name}`).filter((file) => /\.[jt]s$/.test(file))
    for (const file of files) assert.ok(readme.includes(`[${file}](${file})`), file)
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
