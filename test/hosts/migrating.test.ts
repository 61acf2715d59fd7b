// @installs test/hosts
// The smallest change of packages/compress/MIGRATING.md, made in an app of Express: both sides of the diff run.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const page = readFileSync('packages/compress/MIGRATING.md', 'utf8')
const diff = /^```diff\n([\s\S]*?)^```$/m.exec(page)?.[1]?.split('\n') ?? []

/** The lines of one side of the diff. */
const side = (mark: '-' | '+'): readonly string[] =>
  diff.filter((line) => line.startsWith(mark)).map((line) => line.slice(1))

const programOf = (lines: readonly string[], version: string): string => {
  const isImport = (line: string) => line.startsWith('import ')
  return [
    `import express from '${version}'`,
    ...lines.filter(isImport),
    'const app = express()',
    ...lines.filter((line) => !isImport(line)),
    `app.get('/', (req, res) => res.json({ words: 'some words. '.repeat(500) }))`,
    'const server = app.listen(0, async () => {',
    "  const response = await fetch('http://localhost:' + server.address().port)",
    "  const fields = ['content-encoding', 'content-type', 'etag', 'vary']",
    '  answer(await response.json(), fields.map((name) => response.headers.get(name)))',
    '  server.close()',
    '})',
    'let answer',
    'export const answered = new Promise((fulfil) => {',
    '  answer = (...found) => fulfil(JSON.stringify(found).toLowerCase())',
    '})',
  ].join('\n')
}

// Inside of test/hosts, so that it finds Express.
const folder = resolve('test/hosts/node_modules/.cache/migrating')

const run = async (lines: readonly string[], version: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${version}-${lines.length}.mjs`)
  writeFileSync(file, programOf(lines, version))
  const { answered } = await import(pathToFileURL(file).href)
  return answered
}

const changes = suite('MIGRATING.md: the smallest change')

changes('is one of an import and a line', () => {
  assert.is(side('-').length, 2)
  assert.is(side('+').length, 3)
})

for (const version of ['express', 'express4'])
  changes(`${version} answers the same before and after it`, async () => {
    const before = await run(side('-'), version)
    const after = await run(side('+'), version)
    assert.match(before, /"(gzip|br)","application\/json/)
    assert.is(after, before)
  })

changes.after(() => rmSync(folder, { recursive: true, force: true }))

changes.run()
