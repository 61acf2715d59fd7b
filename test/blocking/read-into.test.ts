// `input.readInto`: the same bytes as `read` gives, into memory of the function.
import { blocking, workerPool } from '@sluice/blocking'
import { BodyError, data, readText } from '@sluice/body'
import { request } from '@sluice/stack'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { holds } from '../support/holds.ts'
import { rejects } from '../support/rejects.ts'
import { turn, within } from '../support/within.ts'

const pool = workerPool({ threads: 1 })
const fills = blocking<object>(program('scripted'), { pool, exportName: 'fills' })

const fillings = suite('readInto')

/** Bytes that differ from place to place, in pieces of these lengths. */
async function* counted(lengths: readonly number[]) {
  let at = 0
  for (const length of lengths) {
    if (length % 3 === 0) await turn()
    const from = at
    at += length
    if (length > 0)
      yield data(Uint8Array.from({ length }, (_, index) => Math.imul(from + index, 40_503) >>> 8))
  }
}

const lengthsOf = (most: number) =>
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: most }))

fillings('gives all bytes in order, whatever the sizes, in turn with read', () =>
  holds(
    fc.asyncProperty(
      fc.array(lengthsOf(200_000), { maxLength: 6 }),
      fc.array(fc.oneof(lengthsOf(100_000), fc.constantFrom(0, 16_383, 16_384, 65_537)), {
        minLength: 1,
        maxLength: 4,
      }),
      async (pieces, sizes) => {
        const lengths = [...sizes, 1000]
        const given = request('/', { method: 'POST', body: counted(pieces) })
        const { body } = await fills(given, { lengths })
        const found: Uint8Array[] = []
        let more: string | undefined
        for await (const frame of body) {
          if (frame.kind === 'data') found.push(frame.bytes)
          if (frame.kind === 'trailers') more = frame.fields.get('more')
        }
        const wanted: Uint8Array[] = []
        for await (const { bytes } of counted(pieces)) wanted.push(bytes)
        assert.is(Buffer.compare(Buffer.concat(found), Buffer.concat(wanted)), 0)
        assert.is(more, '0')
      },
    ),
    60,
  ),
)

for (const { name, target } of [
  { name: 'no bytes', target: new Uint8Array() },
  { name: 'an array', target: [0, 0] },
])
  fillings(`refuses ${name}`, async () => {
    const misfills = blocking<object>(program('scripted'), { pool, exportName: 'misfills' })
    const { body } = await misfills(request('/'), { target })
    assert.is(await readText(body), 'RangeError')
  })

fillings('throws the error of the content behind what came before it', async () => {
  async function* broken() {
    yield data(Buffer.alloc(40_000, 'a'))
    throw new BodyError('BODY_INVALID', 'made up content')
  }
  const given = request('/', { method: 'POST', body: broken() })
  await rejects(
    async () => readText((await fills(given, { lengths: [30_000] })).body),
    'BODY_INVALID',
  )
})

fillings('and the thread ends', () => within(10_000, pool.close()))

fillings.run()
