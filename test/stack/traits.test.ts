// What a stack, input and output say of what they do to bodies, and what this decides.
import { chain, dropFlush, filter, limitBytes, mapText, tap, through } from '@sluice/filter'
import {
  answerErrors,
  filterRequest,
  filterResponse,
  input,
  joinTraits,
  output,
  passingTraits,
  stack,
  stream,
  text,
  traits,
  unknownTraits,
  withTraits,
} from '@sluice/stack'
import { bufferedOutput, coalesce } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requestOf } from '../support/server/request.ts'
import type { Handler, PassingMiddleware, Traits } from '@sluice/stack'

const ok: Handler = () => text('ok')
const logs: PassingMiddleware = (next) => (request) => next(request)
const loud = mapText((part) => part.toUpperCase())

const joining = suite('stack: traits')

const stacks: readonly {
  readonly name: string
  readonly given: readonly PassingMiddleware[]
  readonly wanted: Traits
}[] = [
  { name: 'nothing passes bodies on', given: [], wanted: passingTraits },
  { name: 'answerErrors passes bodies on', given: [answerErrors()], wanted: passingTraits },
  {
    name: 'one filter gives its own',
    given: [output(coalesce({ minBytes: 4 }))],
    wanted: { ...passingTraits, holds: 'bounded' },
  },
  {
    name: 'each trait is that of the weakest part, wherever it stands',
    given: [output(dropFlush), bufferedOutput(), output(loud)],
    wanted: { ...passingTraits, bytes: 'changed', holds: 'whole', flush: 'lost' },
  },
  {
    name: 'a middleware that says nothing may do anything',
    given: [answerErrors(), logs],
    wanted: unknownTraits,
  },
  {
    name: 'one that says that it passes bodies on adds nothing',
    given: [withTraits(passingTraits, logs), output(loud)],
    wanted: { ...passingTraits, bytes: 'changed', holds: 'bounded' },
  },
  {
    name: 'mode and reentrant are joined too',
    given: [
      withTraits({ ...passingTraits, mode: 'process' }, logs),
      withTraits({ ...passingTraits, mode: 'blocking', reentrant: false }, logs),
    ],
    wanted: { ...passingTraits, mode: 'process', reentrant: false },
  },
]

for (const { name, given, wanted } of stacks)
  joining(name, () => {
    assert.equal(traits(stack(...given)), wanted)
    assert.equal(traits(stack(stack(...given))), wanted)
    if (given.length > 0) assert.equal(traits(stack(...given)(ok)), wanted)
  })

joining('a handler that carries traits is joined, and is not changed', () => {
  const handler = withTraits({ ...passingTraits, mode: 'blocking' }, ok)
  const app = stack(answerErrors(), output(loud))(handler)
  assert.equal(traits(app), {
    ...passingTraits,
    bytes: 'changed',
    holds: 'bounded',
    mode: 'blocking',
  })
  assert.equal(traits(handler), { ...passingTraits, mode: 'blocking' })
})

joining('an application is the handler of another stack with its traits', () => {
  const inner = stack(output(dropFlush))(ok)
  assert.is(traits(stack(answerErrors())(inner)).flush, 'lost')
})

joining('the handler and a function that a middleware gives twice carry nothing afterwards', () => {
  const maintenance = () => text('later')
  const closing: PassingMiddleware = () => maintenance
  const closed = withTraits(passingTraits, closing)
  const first = stack(closed)(ok)
  const second = stack(closed, output(dropFlush))(ok)
  assert.is(traits(first).flush, 'kept')
  assert.is(traits(second).flush, 'lost')
  assert.is(traits(maintenance), unknownTraits)
  assert.is(traits(ok), unknownTraits)
})

joining('a middleware that gives the handler back has done nothing to it', () => {
  const app = stack((next: Handler) => next)(ok)
  assert.is(app, ok)
})

joining.run()

const fieldsOf = suite('input, output: fields by traits')

const speaking = { 'content-length': '4', 'accept-ranges': 'bytes', etag: '"a"', digest: 'd' }

const rows = [
  { name: 'limitBytes keeps bytes', filter: limitBytes({ maxBytes: 9 }), keeps: true },
  { name: 'tap keeps bytes', filter: tap(() => ({})), keeps: true },
  { name: 'coalesce keeps bytes', filter: coalesce({ minBytes: 2 }), keeps: true },
  { name: 'mapText changes them', filter: loud, keeps: false },
  {
    name: 'a transform may change them',
    filter: through(() => new TransformStream()),
    keeps: false,
  },
  { name: 'a function that says nothing may too', filter: <T>(body: T): T => body, keeps: false },
  {
    name: 'a filter that says nothing may too',
    filter: filter('same', () => ({ data: (bytes) => bytes })),
    keeps: false,
  },
  {
    name: 'as many bytes are not the same bytes',
    filter: filter('other', () => ({ data: (bytes) => bytes }), { keepsLength: true }),
    keeps: false,
  },
  {
    name: 'one that says so keeps them',
    filter: filter('same', () => ({ data: (bytes) => bytes }), { traits: { bytes: 'kept' } }),
    keeps: true,
  },
  {
    name: 'several keep them if each does',
    filter: chain(limitBytes({ maxBytes: 9 }), coalesce({ minBytes: 2 })),
    keeps: true,
  },
  {
    name: 'several do not if one does not',
    filter: chain(limitBytes({ maxBytes: 9 }), loud),
    keeps: false,
  },
] as const

for (const { name, filter: each, keeps } of rows)
  fieldsOf(name, () => {
    const request = requestOf({ headers: speaking })
    const response = stream('four', { headers: speaking })
    const wanted = keeps ? 4 : 0
    const speakingIn = (headers: Iterable<readonly [string, string]>) =>
      [...headers].filter(([field]) => field !== 'content-type').length
    assert.is(speakingIn(filterRequest(request, each).headers), wanted)
    assert.is(speakingIn(filterResponse(response, each).headers), wanted)
    stack(input(each))(({ headers }) => {
      assert.is(speakingIn(headers), wanted)
      return text('')
    })(request)
    assert.equal(traits(input(each)), traits(each))
    assert.equal(traits(output(each)), traits(each))
  })

fieldsOf('an etag is weakened only if bytes change', () => {
  const response = stream('four', { headers: { etag: '"a"' } })
  const etagAfter = (each: typeof loud) =>
    filterResponse(response, each, { etag: 'weaken' }).headers.get('etag')
  assert.is(etagAfter(loud), 'W/"a"')
  assert.is(etagAfter(limitBytes({ maxBytes: 9 })), '"a"')
})

fieldsOf.run()

const names = suite('stack: the names of traits')

names('nothing joined passes bodies on', () => {
  assert.equal(joinTraits(), passingTraits)
})

names.run()
