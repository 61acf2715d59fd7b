// Faults of other servers, by number: each is a row that the tables send, or a test that is named.
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { knownFaults } from './known-faults.ts'
import { goodRequests } from './requests.accepted.ts'
import { limitRequests } from './requests.limits.ts'
import { badRequests } from './requests.refused.ts'

/** All that requests-wire.test.ts sends, and what is to come. */
const sent: readonly { readonly name: string; readonly status: number | undefined }[] = [
  ...badRequests,
  ...limitRequests.map(({ name, status }) => ({ name, status })),
  ...goodRequests.map(({ name }) => ({ name, status: 200 })),
]

const faults = suite('known faults of other servers')

for (const { number, product, fault, ...where } of knownFaults)
  faults(`${number} (${product}): ${fault}`, () => {
    if ('test' in where) {
      const { file, title } = where.test
      assert.ok(readFileSync(file, 'utf8').includes(title), `${file} has no test: ${title}`)
      return
    }
    for (const name of where.rows) {
      const statuses = sent.filter((row) => row.name === name).map(({ status }) => status)
      assert.equal(statuses, [where.status], name)
    }
  })

faults('no number is listed twice', () => {
  const numbers = knownFaults.map(({ number }) => number)
  assert.equal(numbers, [...new Set(numbers)])
})

faults.run()
