// What counts as the running time of a function, without threads.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  cell,
  channelOver,
  newCells,
  newMemory,
} from '../../packages/blocking/src/channel/channel.ts'
import { runTimer } from '../../packages/blocking/src/loop/run-timer.ts'
import { functionOf } from '../../packages/blocking/src/worker/function-of.ts'
import { LoopLink } from '../../packages/blocking/src/worker/loop-link.ts'
import { program } from '../support/blocking/program.ts'
import { deferred, stateOf, within } from '../support/within.ts'

const timer = suite('the timer of a function')

const cells = () => new Int32Array(new SharedArrayBuffer(64))

/** Waits for so many turns of the timer, which look at the cells. */
const looks = (count: number, timeoutMs: number) =>
  new Promise((resolve) => setTimeout(resolve, count * timeoutMs + 20))

timer('ends one that runs', async () => {
  const { promise, resolve } = deferred<string>()
  const running = cells()
  running[cell.thread] = 3
  runTimer(running, 20, resolve)
  assert.is(await within(5000, promise), 'it still running after 20 ms')
})

for (const { name, where, value } of [
  { name: 'that waits for its client', where: cell.workerWaits, value: 1 },
  { name: 'that has waited all the time', where: cell.waitedMs, value: 60_000 },
  { name: 'whose thread has not begun', where: cell.thread, value: 0 },
  { name: 'whose module is imported', where: cell.thread, value: -3 },
])
  timer(`does not end one ${name}`, async () => {
    const { promise, resolve } = deferred<string>()
    const running = cells()
    running[cell.thread] = 3
    running[where] = value
    const stop = runTimer(running, 20, resolve)
    await looks(3, 20)
    assert.is(await stateOf(promise), 'pending')
    stop()
  })

for (const { name, thread, found } of [
  { name: 'whose thread never begins', thread: 0, found: /^its thread not started after \d+ ms$/ },
  {
    name: 'whose import never ends',
    thread: -3,
    found: /^its module still being imported after \d+ ms$/,
  },
])
  timer(`ends one ${name}, and says how long that took`, async () => {
    const { promise, resolve } = deferred<string>()
    const running = cells()
    running[cell.thread] = thread
    runTimer(running, 20, resolve, 1000)
    const text = await within(5000, promise)
    assert.match(text, found)
    assert.ok(Number(/\d+/.exec(text)?.[0]) >= 1000, text)
  })

for (const { after, isEnded } of [
  { after: 19, isEnded: false },
  { after: 20, isEnded: true },
])
  timer(
    `${isEnded ? 'ends' : 'does not end'} one that has run for ${after} of 20 ms since its import`,
    async () => {
      const { promise, resolve } = deferred<string>()
      const running = cells()
      let now = 0
      const { now: clock } = performance
      performance.now = () => now
      try {
        running[cell.thread] = -3
        const stop = runTimer(running, 20, resolve)
        // Between two looks the import ends, and the function begins.
        now = 500 + after
        running[cell.importMs] = 500
        running[cell.thread] = 3
        await looks(3, 20)
        const wanted = isEnded ? ['fulfilled', 'it still running after 20 ms'] : ['pending']
        const state = await stateOf(promise)
        assert.equal(state === 'pending' ? [state] : [state, await promise], wanted)
        stop()
      } finally {
        performance.now = clock
      }
    },
  )

timer('is told how long an import took; the next finds the module there', async () => {
  const module = program('waits-at-import').href
  const times: boolean[] = []
  for (let i = 0; i < 2; i++) {
    const memory = newCells()
    await functionOf({ module, exportName: 'default', memory })
    times.push(Atomics.load(new Int32Array(memory), cell.importMs) > 100)
  }
  assert.equal(times, [true, false])
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
