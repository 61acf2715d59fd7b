// The record of traits: who carries it, how it is read, joined and given.
import { readText, toBody } from '@sluice/body'
import { statedTraits, traitsKey } from '@sluice/body/engine'
import {
  chain,
  dropFlush,
  filter,
  frameFilter,
  joinTraits,
  limitBytes,
  mapText,
  passingTraits,
  traits,
  unknownTraits,
  withTraits,
} from '@sluice/filter'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import type { Traits } from '@sluice/filter'

const reading = suite('traits')

const weakest: Traits = {
  bytes: 'changed',
  holds: 'whole',
  flush: 'lost',
  mode: 'process',
  reentrant: false,
}

for (const nothing of [undefined, null, 1, 'text', {}, () => {}, { [traitsKey]: 1 }])
  reading(`what carries none counts as unknown: ${String(nothing)}`, () => {
    assert.is(traits(nothing), unknownTraits)
    assert.is(statedTraits(nothing), undefined)
  })

reading('they are found under a symbol that every copy of the package has', () => {
  const part = Object.assign(() => {}, { [Symbol.for('sluice.traits')]: passingTraits })
  assert.equal(traits(part), passingTraits)
})

reading('what another version does not say, or says otherwise, counts as unknown', () => {
  const record = { bytes: 'kept', holds: 'toString', flush: 'kept', mode: 'async' }
  assert.equal(traits({ [traitsKey]: record }), {
    ...unknownTraits,
    bytes: 'kept',
    flush: 'kept',
  })
})

reading('a shared record cannot be changed', () => {
  assert.throws(() => Object.assign(passingTraits, { bytes: 'changed' }), TypeError)
  assert.throws(() => Object.assign(unknownTraits, { bytes: 'kept' }), TypeError)
})

reading.run()

const joining = suite('joinTraits')

const orders: { readonly [K in keyof Traits]: readonly Traits[K][] } = {
  bytes: ['kept', 'changed'],
  holds: ['nothing', 'bounded', 'whole'],
  flush: ['kept', 'delayed', 'lost'],
  mode: ['async', 'blocking', 'process'],
  reentrant: [true, false],
}

for (const [name, values] of Object.entries(orders))
  joining(`${name}: the weaker of two wins, whichever comes first`, () => {
    for (const [better, one] of values.entries())
      for (const [worse, other] of values.entries()) {
        const [a, b] = [one, other].map((value) => ({ ...passingTraits, [name]: value }))
        if (a === undefined || b === undefined) throw new Error('no records')
        assert.equal(joinTraits(a, b), {
          ...passingTraits,
          [name]: values[Math.max(better, worse)],
        })
      }
  })

joining('of none it is that of what passes bodies on, of one that one', () => {
  assert.equal(joinTraits(), passingTraits)
  assert.equal(joinTraits(weakest), weakest)
})

joining('it does not matter how parts are grouped', () => {
  const parts = [
    traits(dropFlush),
    { ...passingTraits, mode: 'blocking' as const },
    traits(mapText((part) => part)),
  ]
  const [a, b, c] = parts
  if (a === undefined || b === undefined || c === undefined) throw new Error('no parts')
  assert.equal(joinTraits(joinTraits(a, b), c), joinTraits(a, joinTraits(b, c)))
  assert.equal(joinTraits(...parts), joinTraits(...parts.toReversed()))
})

joining.run()

const giving = suite('withTraits')

giving('the function does the same, carries the traits, and has its name', async () => {
  const loud = mapText((part) => part.toUpperCase())
  const better = withTraits({ holds: 'nothing' }, loud)
  assert.equal(traits(better), { ...passingTraits, bytes: 'changed' })
  assert.is(better.name, 'mapText')
  assert.is(await readText(better(toBody('a'))), 'A')
})

giving('the function that was given is not changed', () => {
  const given = () => {}
  withTraits(passingTraits, given)
  assert.is(traits(given), unknownTraits)
  withTraits(passingTraits, dropFlush)
  assert.is(traits(dropFlush).flush, 'lost')
})

giving('what is not said stays that of the function, or unknown', () => {
  assert.equal(traits(withTraits({}, dropFlush)), traits(dropFlush))
  assert.equal(traits(withTraits({ mode: 'blocking' }, dropFlush)), {
    ...traits(dropFlush),
    mode: 'blocking',
  })
  assert.equal(traits(withTraits({ bytes: 'kept' }, () => {})), { ...unknownTraits, bytes: 'kept' })
})

const wrong: readonly { readonly given: object; readonly found: RegExp }[] = [
  { given: { holds: 'some' }, found: /found holds: some, wanted one of nothing, bounded, whole$/ },
  { given: { bytes: undefined }, found: /found bytes: undefined, wanted one of kept, changed$/ },
  { given: { reentrant: 'true' }, found: /found reentrant: true, wanted one of true, false$/ },
  { given: { flush: 'toString' }, found: /found flush: toString, wanted/ },
  { given: { hold: 'nothing' }, found: /found hold: nothing, wanted one of bytes, holds, flush/ },
]

for (const { given, found } of wrong)
  giving(`refused at the call: ${JSON.stringify(given)}`, () => {
    assert.throws(() => withTraits(given, () => {}), found)
    assert.throws(
      () => filter('wrong', () => ({ data: () => undefined }), { traits: given }),
      found,
    )
    assert.throws(
      () => frameFilter('wrong', () => ({ frame: () => undefined }), { traits: given }),
      found,
    )
  })

giving('only a function carries them', () => {
  for (const given of [5, undefined, {}])
    throwsAtOnce(() => withTraits({ bytes: 'kept' }, untyped(given)), TypeError)
})

giving.run()

const making = suite('filter, frameFilter: traits')

making('steps on bytes cannot lose a flush, and are else unknown', () => {
  const own = filter('own', () => ({ data: (bytes) => bytes }))
  assert.equal(traits(own), { ...unknownTraits, flush: 'kept' })
})

making('steps on frames are unknown', () => {
  assert.equal(traits(frameFilter('own', () => ({ frame: (frame) => frame }))), unknownTraits)
})

making('what is said stands in the place of that', () => {
  const options = { traits: { bytes: 'kept', holds: 'bounded' } } as const
  assert.equal(traits(filter('own', () => ({ data: (bytes) => bytes }), options)), {
    ...unknownTraits,
    bytes: 'kept',
    holds: 'bounded',
    flush: 'kept',
  })
  assert.equal(traits(frameFilter('own', () => ({ frame: (frame) => frame }), options)), {
    ...unknownTraits,
    bytes: 'kept',
    holds: 'bounded',
  })
})

making('a filter that keeps bytes keeps a known byteLength', () => {
  const kept = { traits: { bytes: 'kept' } } as const
  const byBytes = filter('kept', () => ({ data: (bytes) => bytes }), kept)
  const byFrames = frameFilter('kept', () => ({ frame: (frame) => frame }), kept)
  assert.is(byFrames(byBytes(toBody('four'))).byteLength, 4)
})

making.run()

const chains = suite('chain')

chains('is one filter that does what pipe does, with the traits of all', async () => {
  const short = chain(
    limitBytes({ maxBytes: 9 }),
    mapText((part) => part.toUpperCase()),
    dropFlush,
  )
  assert.equal(traits(short), {
    ...passingTraits,
    bytes: 'changed',
    holds: 'bounded',
    flush: 'lost',
  })
  const kinds: string[] = []
  for await (const { kind } of short(toBody(['a', { kind: 'flush' }, 'b']))) kinds.push(kind)
  assert.equal(kinds, ['data', 'data'])
  assert.is(await readText(short(toBody('loud'))), 'LOUD')
})

chains('a function that says nothing makes all unknown', () => {
  const same = <T>(body: T): T => body
  assert.equal(traits(chain(limitBytes({ maxBytes: 9 }), same)), unknownTraits)
})

chains('of none it passes bodies on', async () => {
  assert.equal(traits(chain()), passingTraits)
  assert.is(await readText(chain()(toBody('same'))), 'same')
})

chains.run()
