// Receipts: what they are told, and what becomes of an error in one.
import { closeBody, collect, reader, readText, toBody } from '@sluice/body'
import { hearReceiptErrors, pullFrom, settleReceipt } from '@sluice/body/engine'
import { pipe } from '@sluice/filter'
import { flush, flushed, throttleFlush } from '@sluice/flush'
import { stream } from '@sluice/stack'
import { spool } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { rejects } from '../support/rejects.ts'
import { readChunk, readHead } from '../support/server/read-response.ts'
import { get, serving } from '../support/server/serving.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Body, Flush } from '@sluice/body'

const bound = 5000
const broken = new Error('the receipt broke')

/** A flush whose receipt throws, and how often it was told. */
const breaking = () => {
  const told: string[] = []
  const frame: Flush = {
    kind: 'flush',
    sent(lost) {
      told.push(lost === undefined ? 'sent' : 'lost')
      throw broken
    },
  }
  return { frame, told }
}

/** Makes a test that hears what receipts throw; it fails when anything is left unhandled. */
const hearing = (run: (heard: readonly unknown[]) => Promise<void>) => async () => {
  const heard: unknown[] = []
  const stop = hearReceiptErrors((error) => heard.push(error))
  const rejections = watchRejections()
  try {
    await run(heard)
    await turn(2)
    assert.equal(rejections.reasons, [])
  } finally {
    stop()
    rejections.stop()
  }
}

const isBroken = (heard: readonly unknown[], times = 1) => {
  assert.is(heard.length, times)
  for (const error of heard) assert.is(error, broken)
}

const receipts = suite('receipts that throw')

for (const [name, read] of [
  ['text', (body: Body) => readText(body)],
  ['a reader', (body: Body) => reader(body).readLine()],
] as const)
  receipts(
    `${name} reads the whole body, and the error is heard once`,
    hearing(async (heard) => {
      const { frame, told } = breaking()
      assert.is(await read(toBody(['on', frame, 'ward'])), 'onward')
      assert.equal(told, ['sent'])
      isBroken(heard)
    }),
  )

receipts(
  'an error in a receipt that is an async function is heard, and is no unhandled rejection',
  hearing(async (heard) => {
    const sent = async () => {
      throw broken
    }
    await collect(toBody(['a', { kind: 'flush', sent }]))
    await turn()
    isBroken(heard)
  }),
)

receipts(
  'a body that is closed loses every flush of a batch, and closes its source',
  hearing(async (heard) => {
    let closes = 0
    const { frame, told } = breaking()
    const { frame: other, sent } = flushed()
    function* batches() {
      try {
        yield ['a', frame, other]
      } finally {
        closes++
      }
    }
    // The types of batches have bytes alone; frames in them are taken too.
    const body: Body = Reflect.apply(toBody, undefined, [batches()])
    const source = pullFrom(body)
    await source.pull()
    await source.close()
    await rejects(() => within(bound, sent), 'FLUSH_LOST')
    assert.equal(told, ['lost'])
    assert.is(closes, 1)
    isBroken(heard)
  }),
)

receipts(
  'throttleFlush tells all that it joined',
  hearing(async (heard) => {
    const { frame, told } = breaking()
    const { frame: other, sent } = flushed()
    const body = pipe(
      toBody(['a', { kind: 'flush' }, frame, other]),
      throttleFlush({ everyMs: 60_000 }),
    )
    assert.is(await readText(body), 'a')
    await within(bound, sent)
    assert.equal(told, ['sent'])
    isBroken(heard)
  }),
)

receipts(
  'throttleFlush that is left loses all that it held',
  hearing(async (heard) => {
    const { frame, told } = breaking()
    const { frame: other, sent } = flushed()
    const body = toBody(['a', { kind: 'flush' }, frame, other, 'b', 'c'])
    const reading = pullFrom(throttleFlush({ everyMs: 60_000 })(body))
    for (let i = 0; i < 3; i++) await reading.pull()
    await reading.close()
    await rejects(() => within(bound, sent), 'FLUSH_LOST')
    assert.equal(told, ['lost'])
    isBroken(heard)
  }),
)

receipts(
  'a spooled body that is closed closes its file all the same',
  hearing(async (heard) => {
    let closes = 0
    const stored: Uint8Array[] = []
    const spill = {
      open: async () => ({
        append: async (parts: readonly Uint8Array[]) => {
          stored.push(...parts)
        },
        read: async () => new Uint8Array(),
        close: async () => {
          closes++
        },
      }),
    }
    const { frame } = breaking()
    const { body } = await spool({ maxMemoryBytes: 1, spill })(toBody(['held', frame]))
    await closeBody(body)
    assert.is(closes, 1)
    isBroken(heard)
  }),
)

receipts(
  'listeners hear it each, also after one that throws',
  hearing(async (heard) => {
    const { error } = console
    const printed: unknown[] = []
    console.error = (value: unknown) => printed.push(value)
    const failure = new Error('the listener broke')
    const stop = hearReceiptErrors(() => {
      throw failure
    })
    const again: unknown[] = []
    const stopAgain = hearReceiptErrors((found) => again.push(found))
    try {
      settleReceipt(breaking().frame.sent)
    } finally {
      console.error = error
      stop()
      stopAgain()
    }
    isBroken(heard)
    isBroken(again)
    assert.is(printed.length, 1)
    assert.is(printed[0], failure)
  }),
)

receipts('nobody hears it: it is printed', () => {
  const { error } = console
  const printed: unknown[] = []
  console.error = (value: unknown) => printed.push(value)
  try {
    settleReceipt(breaking().frame.sent)
  } finally {
    console.error = error
  }
  isBroken(printed)
})

for (const sent of [true, false])
  receipts(
    `onError of a server hears of one that a layer ${sent ? 'joined' : 'lost'}, once, and the server goes on`,
    serving(async (start) => {
      const { promise: gate, resolve: open } = deferred()
      const { frame, told } = breaking()
      async function* page() {
        yield 'one'
        yield flush
        yield 'two'
        yield frame
        await gate
      }
      const throttle = throttleFlush({ everyMs: Number.POSITIVE_INFINITY })
      const site = await start(({ target }) =>
        stream(target === '/' ? throttle(toBody(page())) : 'on'),
      )
      const client = await site.connect()
      client.send(get())
      await readHead(client)
      await readChunk(client)
      if (sent) open()
      else client.reset()
      await site.until(() => told.length > 0, 'the receipt')
      open()
      assert.is((await site.ask(get('/on'))).content, 'on')
      assert.equal(told, [sent ? 'sent' : 'lost'])
      isBroken(site.told)
    }),
  )

receipts.run()
