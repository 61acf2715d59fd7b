// Where the parts of a stack can run: what a host or a stack refuses at the start, by the name of the part and with what to do.
import { traitsKey } from '@sluice/body/engine'
import { compress } from '@sluice/compress'
import { chain, filter, limitBytes, mapText, through } from '@sluice/filter'
import { proxyHints } from '@sluice/flush'
import {
  answerErrors,
  checkHandler,
  input,
  output,
  passingTraits,
  request,
  stack,
  text,
  traits,
  unknownTraits,
  withTraits,
} from '@sluice/stack'
import { handlerAround } from '@sluice/stack/host'
import { bufferedInput, coalesce } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filtersOfOurs } from '../support/laws/filters-of-ours.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import type { Handler, HttpRequest, Middleware, PassingMiddleware } from '@sluice/stack'

const page: Handler = () => text('page')
const logs: PassingMiddleware = (next) => (asked) => next(asked)
const waits: Middleware = (next) => async (asked) => await next(asked)

/** Their names stand in messages. */
const plain = {
  importRows: () => text('rows'),
  transact: (next: Handler) => (asked: HttpRequest) => next(asked),
  counts: (next: Handler) => (asked: HttpRequest) => next(asked),
  asyncRows: async () => text('rows'),
}

const importRows = withTraits({ mode: 'blocking' }, plain.importRows)
const transact = withTraits({ ...passingTraits, mode: 'blocking' }, plain.transact)
const counts = withTraits({ reentrant: false }, plain.counts)
const setsLocale = withTraits({ mode: 'process' }, logs)

const same = { data: (bytes: Uint8Array) => bytes }
const slowHash = filter('slowHash', () => same, { traits: { mode: 'blocking' } })
const onlyOnce = filter('onlyOnce', () => same, { traits: { bytes: 'kept', reentrant: false } })

const blocking =
  / states mode: 'blocking', and would block the event loop: run it with blocking\(\) of @sluice\/blocking \(a body filter with inWorker\(\)\)$/
const process =
  / states mode: 'process', and cannot share the process of the host: make it a CGI program, which cgi\(\) of @sluice\/blocking\/cgi runs, or give it a child process of its own$/
const once =
  / states reentrant: false, and a host calls it for several requests at once: run it with blocking\(\) of @sluice\/blocking \(a body filter with inWorker\(\)\), or use a lock and state reentrant: true$/

const hosts = suite('checkHandler: what a host cannot run')

for (const { name, handler, part, says } of [
  { name: 'a handler', handler: importRows, part: 'the handler (importRows)', says: blocking },
  {
    name: 'a handler without a name',
    handler: withTraits({ mode: 'blocking' }, () => text('')),
    part: 'the handler',
    says: blocking,
  },
  {
    name: 'the handler of a stack',
    handler: stack(answerErrors(), logs)(importRows),
    part: 'the handler (importRows)',
    says: blocking,
  },
  {
    name: 'a middleware',
    handler: stack(answerErrors(), transact)(page),
    part: 'middleware 2 (transact)',
    says: blocking,
  },
  {
    name: 'the first of several',
    handler: stack(answerErrors(), transact, transact)(importRows),
    part: 'middleware 2 (transact)',
    says: blocking,
  },
  {
    name: 'a middleware for a process of its own',
    handler: stack(setsLocale)(page),
    part: 'middleware 1 (logs)',
    says: process,
  },
  {
    name: 'a middleware of a stack in a stack in a stack',
    handler: stack(logs, stack(answerErrors(), stack(logs, logs, transact)))(page),
    part: 'middleware 3 (transact) of middleware 2 (stack) of middleware 2 (stack)',
    says: blocking,
  },
  {
    name: 'a part of an application in an application',
    handler: stack(logs)(stack(logs, transact)(page)),
    part: 'middleware 2 (transact) of the handler',
    says: blocking,
  },
  {
    name: 'a filter of input',
    handler: stack(input(slowHash))(page),
    part: 'the filter (slowHash) of middleware 1 (input)',
    says: blocking,
  },
  {
    name: 'a filter of a chain of output',
    handler: stack(logs, output(chain(limitBytes({ maxBytes: 9 }), slowHash)))(page),
    part: 'filter 2 (slowHash) of the filter (chain) of middleware 2 (output)',
    says: blocking,
  },
  {
    name: 'a part of a stack that has got other traits',
    handler: stack(withTraits({ holds: 'nothing' }, stack(logs, transact)))(page),
    part: 'middleware 2 (transact) of middleware 1 (stack)',
    says: blocking,
  },
  {
    name: 'a stack that states it itself',
    handler: stack(withTraits({ mode: 'blocking' }, stack(logs)))(page),
    part: 'middleware 1 (stack)',
    says: blocking,
  },
  {
    name: 'a part with traits of another copy of the package',
    handler: stack(logs)(
      Object.assign(() => text(''), { [Symbol.for('sluice.traits')]: { mode: 'blocking' } }),
    ),
    part: 'the handler',
    says: blocking,
  },
  {
    name: 'a middleware that keeps state',
    handler: stack(logs, counts)(page),
    part: 'middleware 2 (counts)',
    says: once,
  },
  {
    name: 'a filter that keeps state',
    handler: stack(output(onlyOnce), logs)(page),
    part: 'the filter (onlyOnce) of middleware 1 (output)',
    says: once,
  },
  {
    name: 'what blocks, before what keeps state,',
    handler: stack(counts)(importRows),
    part: 'the handler (importRows)',
    says: blocking,
  },
] as const)
  hosts(`${name} is refused by name: ${part}`, () => {
    const { message } = throwsAtOnce(() => checkHandler(handler), TypeError)
    assert.is(message.slice(0, message.indexOf(' states ')), `Cannot use the handler: ${part}`)
    assert.match(message, says)
  })

for (const [name, handler] of [
  ['a function that says nothing', page],
  ['a handler in unknown middlewares', stack(logs, waits)(page)],
  ['a stack of unknown middlewares with other traits', withTraits({}, stack(logs)(page))],
  [
    'a middleware that says something else',
    stack(withTraits({ bytes: 'kept' }, logs), input(limitBytes({ maxBytes: 9 })))(page),
  ],
  [
    'filters that say nothing, or something else',
    stack(
      output(filter('same', () => same)),
      output(
        chain(
          filter('kept', () => same, { traits: { bytes: 'kept' } }),
          (body) => body,
        ),
      ),
      output(through(() => new TransformStream())),
      input((body) => body),
    )(page),
  ],
  [
    'our own middlewares',
    stack(
      compress(),
      answerErrors(),
      proxyHints(),
      bufferedInput(),
      output(coalesce({ minBytes: 9 })),
      output(mapText((part) => part)),
    )(page),
  ],
  ['a part of which something better is said', withTraits({ mode: 'async' }, importRows)],
  [
    'a stack of which something better is said than of its parts',
    stack(withTraits({ mode: 'async', reentrant: true }, stack(counts, transact)))(page),
  ],
  ['traits that this version does not know', Object.assign(() => {}, { [traitsKey]: { mode: 7 } })],
] as const)
  hosts(`${name} may be run`, () => checkHandler(handler))

for (const { name, make } of filtersOfOurs)
  hosts(`${name} may be run`, () => {
    checkHandler(make())
    checkHandler(
      stack(
        output((body) => body),
        logs,
        Object.assign(logs.bind(undefined), {}),
      )(page),
    )
  })

hosts('a middleware for other applications is refused in the same words', () => {
  const around = (middleware: Middleware) => () => handlerAround(middleware, page, 'toListener')
  const { message } = throwsAtOnce(around(stack(logs, transact)), TypeError)
  assert.match(message, /^Cannot use the middleware: middleware 2 \(transact\) states mode/)
  assert.match(
    throwsAtOnce(around(counts), TypeError).message,
    /^Cannot use the middleware: the middleware \(counts\) states reentrant: false, and a host/,
  )
  around(stack(logs, waits))()
})

hosts.run()

const stacks = suite('stack: what blocks and what waits')

const wantsBoth = (
  run: () => unknown,
  found: string,
  advice = 'stack what blocking() of @sluice/blocking makes of the part that blocks',
) => {
  const { message } = throwsAtOnce(run, TypeError)
  assert.is(
    message,
    `Cannot stack ${found}, and blocked code does not wait for a promise: ${advice}`,
  )
}

stacks('an async middleware around a handler that blocks is refused, and both are named', () => {
  wantsBoth(
    () => stack(logs, waits)(importRows),
    "middleware 2 (waits): found an async function beside the handler (importRows), which states mode: 'blocking'",
  )
})

stacks('an async handler in a middleware that blocks is refused', () => {
  const asks: Handler = async () => text('page')
  wantsBoth(
    () => stack(stack(logs, transact))(asks),
    "the handler (asks): found an async function beside middleware 2 (transact) of middleware 1 (stack), which states mode: 'blocking'",
  )
  wantsBoth(
    () => stack(setsLocale)(asks),
    "the handler (asks): found an async function beside middleware 1 (logs), which states mode: 'process'",
    'stack a handler that runs that part in another process, as cgi() of @sluice/blocking/cgi',
  )
})

stacks('an async function that states that it blocks is refused', () => {
  const asyncRows = withTraits({ mode: 'blocking' }, plain.asyncRows)
  wantsBoth(
    () => stack(logs)(asyncRows),
    "the handler (asyncRows): found an async function that states mode: 'blocking'",
  )
})

stacks('an async part of an application that blocks is refused, and of others it is not', () => {
  const inner = stack(transact)(page)
  wantsBoth(
    () => stack(waits)(inner),
    "middleware 1 (waits): found an async function beside middleware 1 (transact) of the handler, which states mode: 'blocking'",
  )
  stack(waits)(stack(waits)(page))
})

stacks('a stack that blocks may have parts that answer at once, and carries its mode', async () => {
  const app = stack(
    answerErrors(),
    transact,
    proxyHints(),
    output(mapText((part) => part)),
  )(importRows)
  assert.is(traits(app).mode, 'blocking')
  assert.is((await app(request('/'))).status, 200)
})

stacks.run()

const said = suite('traits: what is stated')

said('of a part that does not say that it is reentrant, it is assumed that it is not', () => {
  assert.is(traits(withTraits({ bytes: 'kept' }, logs)).reentrant, false)
  assert.equal(traits(stack(logs)), unknownTraits)
  assert.is(traits(stack(logs, counts)(page)).reentrant, false)
  assert.is(traits(stack(answerErrors())(page)).reentrant, true)
})

said('withTraits adds to what a part has stated, and takes nothing away', () => {
  const twice = withTraits({ reentrant: true }, withTraits({ bytes: 'kept' }, logs))
  assert.equal(traits(twice), { ...unknownTraits, bytes: 'kept', reentrant: true })
})

said.run()
