import { BodyError, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { dropFlush } from '@sluice/filter'
import { flush, flushed } from '@sluice/flush'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { words } from '../support/bodies/record.ts'
import { handFed } from '../support/bodies/sources.ts'
import { rejects } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'

const soon = 5000

const constant = suite('flush')

constant('is a flush frame without a receipt, and cannot be changed', () => {
  assert.equal(flush, { kind: 'flush' })
  assert.ok(Object.isFrozen(flush))
})

constant('stands in a body between strings', async () => {
  assert.equal(await words(toBody(['a', flush, 'b'])), ['data a', 'flush', 'data b', 'end'])
})

constant.run()

const receipts = suite('flushed')

receipts('sent is pending until the receipt is told, and fulfils then', async () => {
  const { frame, sent } = flushed()
  assert.is(await stateOf(sent), 'pending')
  frame.sent?.()
  assert.is(await within(soon, sent), undefined)
})

receipts('sent rejects with the reason that the receipt is told', async () => {
  const { frame, sent } = flushed()
  const reason = new BodyError('READER_GONE', 'Cannot send')
  frame.sent?.(reason)
  await rejects(() => within(soon, sent), reason)
})

receipts('what is told second changes nothing', async () => {
  const { frame, sent } = flushed()
  frame.sent?.()
  frame.sent?.(new Error('late'))
  await within(soon, sent)
})

receipts(
  'a loss that nobody awaits is no unhandled rejection',
  leavingNothing(() => {
    flushed().frame.sent?.(new Error('lost'))
  }),
)

receipts('a reader of the body tells it', async () => {
  const { frame, sent } = flushed()
  assert.is(await readText(toBody(['a', frame, 'b'])), 'ab')
  await within(soon, sent)
})

receipts('a filter that drops the flush tells FLUSH_LOST', async () => {
  const { frame, sent } = flushed()
  assert.is(await readText(dropFlush(toBody(['a', frame]))), 'a')
  await rejects(() => within(soon, sent), 'FLUSH_LOST')
})

receipts('one that comes after the reader has left is told FLUSH_LOST', async () => {
  const { frame, sent } = flushed()
  const source = handFed<Frame>()
  const reading = pullFrom(dropFlush(source.body))
  reading.pull()
  await reading.close()
  source.give(frame)
  await rejects(() => within(soon, sent), 'FLUSH_LOST')
})

receipts('one that was never given to a body is pending for ever', async () => {
  const { sent } = flushed()
  await turn(3)
  assert.is(await stateOf(sent), 'pending')
})

receipts('two have receipts of their own', async () => {
  const first = flushed()
  const second = flushed()
  first.frame.sent?.()
  await within(soon, first.sent)
  assert.is(await stateOf(second.sent), 'pending')
})

receipts.run()
