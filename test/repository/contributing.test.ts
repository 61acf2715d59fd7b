// CONTRIBUTING.md names what there is: every command of build.mjs and package.json, every folder of tests, every file it shows.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listPackages } from '../support/runner/packages.mjs'

const text = readFileSync('CONTRIBUTING.md', 'utf8')
const { scripts, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

const contributing = suite('CONTRIBUTING.md')

contributing('names every command of package.json, and those of build.mjs by it', () => {
  for (const [name, script] of Object.entries<string>(scripts)) {
    const command = script.startsWith('node build.mjs') ? script : `npm run ${name}`
    assert.ok(text.includes(command), command)
  }
})

contributing('names every folder of test once in its table', () => {
  const packages = listPackages().map(({ name }) => name)
  const folders = readdirSync('test', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !packages.includes(entry.name))
    .map((entry) => `test/${entry.name}/`)
  const rows = [...text.matchAll(/^\| `(test\/[^<`]+)` \|/gm)].map(([, folder]) => folder)
  assert.equal(rows.sort(), folders.sort())
})

contributing('names no file that is not there', () => {
  const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)`/g)].map(([, path = '']) => path)
  const files = named.filter((path) => /^(packages|examples|test|\.github|\.ci)\//.test(path))
  assert.ok(files.length > 5)
  assert.equal(
    files.filter((path) => !existsSync(path)),
    [],
  )
})

contributing('has a row for every package that work on the repository needs', () => {
  for (const name of Object.keys(devDependencies)) assert.ok(text.includes(`\`${name}\``), name)
})

contributing.run()
