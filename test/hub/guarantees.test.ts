// Each row of the table of guarantees names the test that proves it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = readFileSync('packages/hub/README.md', 'utf8')
const [, section = ''] = readme.split('## Guarantees')
const [table = ''] = section.split('## Errors')
const rows = [...table.matchAll(/^\| (.+?) \| .* \| `(.+?)`: (.+?) \|$/gm)]

/** The titles of the contract of engines, which the tests of each engine run. */
const contract = readdirSync('packages/hub/src/engine-tests')
  .map((file) => readFileSync(join('packages/hub/src/engine-tests', file), 'utf8'))
  .join('')

const guarantees = suite('guarantees of the hub')

guarantees('the table has a row for each', () => {
  assert.is(rows.length, table.split('\n').filter((line) => line.startsWith('| ')).length - 2)
})

for (const [, row = '', name = '', title = ''] of rows)
  guarantees(row, () => {
    const file = `test/hub/${name}.test.ts`
    assert.ok(existsSync(file), `found no ${file}`)
    const isContract = name.startsWith('engine')
    const titles = isContract ? contract : readFileSync(file, 'utf8')
    assert.ok(titles.includes(title), `found no test "${title}" in ${file}`)
  })

guarantees.run()
