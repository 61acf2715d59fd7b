// What the functions of this package say about the bodies that pass them.
import { compress } from '@sluice/compress'
import { fromFetch, toFetchMiddleware } from '@sluice/fetch'
import { passingTraits, stack, traits } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const carried = suite('traits of fetch')

carried('fromFetch holds nothing and keeps flushes: its response begins there', () => {
  const app = fromFetch(() => new Response('tea'))
  assert.equal(traits(app), passingTraits)
  assert.equal(traits(stack(compress())(app)), traits(compress()))
})

carried('toFetchMiddleware carries the traits of its middleware', () => {
  assert.equal(traits(toFetchMiddleware(compress())), traits(compress()))
})

carried.run()
