// What counts as the running time of a function, without threads.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cell, channelOver, newMemory } from '../../packages/blocking/src/channel/channel.ts'
import { runTimer } from '../../packages/blocking/src/loop/run-timer.ts'
import { LoopLink } from '../../packages/blocking/src/worker/loop-link.ts'
import { deferred, stateOf, within } from '../support/within.ts'

const timer = suite('the timer of a function')

const cells = () => new Int32Array(new SharedArrayBuffer(64))

/** Waits for so many turns of the timer, which look at the cells. */
const looks = (count: number, timeoutMs: number) =>
  new Promise((resolve) => setTimeout(resolve, count * timeoutMs + 20))

timer('ends one that runs', async () => {
  const { promise, resolve } = deferred()
  const running = cells()
  running[cell.thread] = 3
  runTimer(running, 20, resolve)
  await within(5000, promise)
})

for (const { name, where, value } of [
  { name: 'that waits for its client', where: cell.workerWaits, value: 1 },
  { name: 'that has waited all the time', where: cell.waitedMs, value: 60_000 },
  { name: 'whose thread has not begun', where: cell.thread, value: 0 },
  { name: 'whose module is imported', where: cell.thread, value: -3 },
])
  timer(`does not end one ${name}`, async () => {
    const { promise, resolve } = deferred()
    const running = cells()
    running[cell.thread] = 3
    running[where] = value
    const stop = runTimer(running, 20, resolve)
    await looks(3, 20)
    assert.is(await stateOf(promise), 'pending')
    stop()
  })

timer('ends one whose thread never begins', async () => {
  const { promise, resolve } = deferred()
  runTimer(cells(), 20, resolve, 50)
  await within(5000, promise)
})

timer.run()

const waits = suite('the waits of a function')

waits('are summed up before they are rounded: many may be shorter than a millisecond', () => {
  const { memory, cells: shared } = channelOver(newMemory())
  const link = new LoopLink(memory, 0.1)
  const count = 200
  for (let i = 0; i < count; i++) assert.throws(() => link.nextKind(), /did nothing for 0.1 ms/)
  assert.ok(Atomics.load(shared, cell.waitedMs) >= count * 0.1)
})

waits('and nothing else come to an end once the link is closed', () => {
  const { memory, cells: shared } = channelOver(newMemory())
  const link = new LoopLink(memory, 1000)
  link.close()
  const before = [...shared]
  for (const use of [
    () => link.nextKind(),
    () => link.writeData(new Uint8Array(1)),
    () => link.write(0, new Uint8Array(1)),
  ])
    assert.throws(use, /the request is over/)
  assert.ok(link.hasLeft)
  assert.equal([...shared], before)
})

waits.run()
