// @slow 8
// @waits
// Appends of a producer, of which calls are lost, late or not answered at each place: each record is appended once.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HeldRegisters } from '../../packages/hub/src/control/held-registers.ts'
import { FencedLog } from '../../packages/hub/src/produce/fenced-log.ts'
import { Lease } from '../../packages/hub/src/produce/lease.ts'
import { holds } from '../support/holds.ts'
import { FaultyStore } from '../support/hub/faulty-store.ts'
import { rejects } from '../support/rejects.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { RegisterChange } from '../../packages/hub/src/engine/engine.ts'
import type { Blow, Fate, Plan } from '../support/hub/faulty-store.ts'

const soon = 20_000
const key = 'lease'
const keep = { entries: 100, bytes: 1e6, ms: 1e6 }
const text = new TextEncoder()
const bytesOf = (entries: readonly string[]) => entries.map((entry) => text.encode(entry))

/** Equal entries are different ones. */
const batches = [['a'], ['a', 'b'], ['a', 'b'], ['c']] as const

const leaseOf = (
  store: FaultyStore,
  swap = (name: string, change: RegisterChange) => store.swap(name, change),
) => {
  const registers = new HeldRegisters({
    leaseMs: 600_000,
    swap,
    report: (error) => store.errors.push(error),
  })
  let losses = 0
  const lease = new Lease({ registers, key, prefix: 'p/1', lost: () => losses++ })
  return { registers, lease, losses: () => losses }
}

const logOf = (store: FaultyStore, lease: Lease, over = new AbortController().signal) =>
  new FencedLog({
    process: 'p',
    keep,
    lease,
    append: (records, options) => store.append(records, options),
    read: (after) => store.read(after),
    failed: (error) => store.errors.push(error),
    over,
  })

/** A log that has begun, of which the faults begin with the first append. */
const begin = async (plan: Partial<Plan> = {}) => {
  const [before, unhurt] = [3, <T>(each: T) => Array<T>(3).fill(each)]
  const store = new FaultyStore({
    fates: [...unhurt<Fate>('answered'), ...(plan.fates ?? [])],
    blows: [...unhurt<Blow>('nothing'), ...(plan.blows ?? [])],
  })
  const over = new AbortController()
  const held = leaseOf(store)
  store.renew = () => held.registers.look(key)
  assert.is(await held.lease.take(), true)
  const log = logOf(store, held.lease, over.signal)
  await log.begin()
  await store.read(0)
  assert.is(store.calls, before)
  return { store, log, over, ...held }
}

const isRobbed = ({ blows }: Plan, calls: number) =>
  blows.slice(0, calls - 3).includes('another producer')

const run = async (plan: Plan): Promise<void> => {
  const { store, log, lease, registers } = await begin(plan)
  const appended: string[] = []
  let outcome = 'appended'
  for (const batch of batches) {
    outcome = await within(soon, log.append(bytesOf(batch)))
    if (outcome !== 'appended') break
    appended.push(...batch)
  }
  await lease.release()
  store.settle()
  await registers.close()
  const wasRobbed = isRobbed(plan, store.calls)
  const { entries } = store
  const said = `${JSON.stringify(plan)}: ${outcome}, ${entries.join(' ')}`
  if (!wasRobbed) {
    assert.is(outcome, 'appended', said)
    assert.equal(entries, batches.flat(), said)
    return
  }
  // Whatever is behind the other producer is not ours. Only the last batch may have arrived without being known.
  const all: readonly string[] = batches.flat()
  const other = entries.findIndex((entry) => entry.includes('producing'))
  const ours = entries.slice(0, other)
  assert.equal(ours, all.slice(0, ours.length), said)
  assert.ok(ours.length >= appended.length, said)
  assert.is(entries.slice(other).filter((entry) => all.includes(entry)).length, 0, said)
}

const fates = ['lost', 'unanswered', 1, 2, 4, 100] as const
const rowsOf = (length: number): Fate[][] =>
  length === 0 ? [[]] : rowsOf(length - 1).flatMap((row) => fates.map((fate) => [...row, fate]))

const appends = suite('FencedLog')

for (const length of [1, 2, 3])
  appends(`each record once if ${length} calls in a row fail, in all ways and places`, async () => {
    const places = [0, 1, 2, 3]
    const rows = rowsOf(length)
    await Promise.all(
      places.flatMap((place) =>
        rows.map((row) =>
          run({ fates: [...Array<Fate>(place).fill('answered'), ...row], blows: [] }),
        ),
      ),
    )
  })

for (const blow of ['renewal', 'expiry', 'another producer'] as const)
  appends(`each record once if two calls in a row fail, with ${blow} at each place`, async () => {
    const rows = rowsOf(2)
    await Promise.all(
      [0, 1, 2, 3, 4, 5].flatMap((place) =>
        rows.map((row) =>
          run({
            fates: ['answered', ...row],
            blows: [...Array<Blow>(place).fill('nothing'), blow, 'renewal', 'renewal'],
          }),
        ),
      ),
    )
  })

appends('each record once over any faults, renewals, expiry and other producers', async () => {
  const fate = fc.oneof(
    { weight: 2, arbitrary: fc.constant('answered' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...fates) },
  )
  const blow = fc.oneof(
    { weight: 6, arbitrary: fc.constant('nothing' as const) },
    { weight: 3, arbitrary: fc.constantFrom('renewal' as const, 'expiry' as const) },
    { weight: 1, arbitrary: fc.constant('another producer' as const) },
  )
  const plan = fc.record({
    fates: fc.array(fate, { maxLength: 6 }),
    blows: fc.array(blow, { maxLength: 14 }),
  })
  // Many at a time, since most of their time is a wait between two tries.
  const plans = fc.noShrink(fc.array(plan, { minLength: 100, maxLength: 100 }))
  await holds(
    fc.asyncProperty(plans, async (all) => {
      await Promise.all(all.map(run))
    }),
    3,
  )
})

appends('a batch that was trimmed at once, but for its last entry, is appended once', async () => {
  const { store, log } = await begin({ fates: ['answered', 'unanswered'] })
  store.keepEntries = 1
  assert.is(await within(soon, log.append(bytesOf(['a']))), 'appended')
  assert.is(await within(soon, log.append(bytesOf(['b', 'b', 'c']))), 'appended')
  assert.is(store.last, 4)
  assert.is(log.seq, 4)
})

appends('a producer whose record was trimmed is not overlooked', async () => {
  const { store, log } = await begin({ blows: ['nothing', 'another producer'] })
  store.keepEntries = 1
  assert.is(await within(soon, log.append(bytesOf(['a']))), 'appended')
  assert.is(await within(soon, log.append(bytesOf(['b']))), 'lost')
  assert.equal(store.entries, ['other'])
})

appends('records that arrived between two fail-overs are found', async () => {
  const { store, log, registers } = await begin({ fates: ['answered', 'lost', 'lost'] })
  assert.is(await within(soon, log.append(bytesOf(['a', 'b', 'c']))), 'appended')
  store.failOver(2)
  const appending = log.append(bytesOf(['d']))
  await turn()
  // It was late, and came before the lease was changed.
  store.add(bytesOf(['d']))
  store.failOver(3)
  assert.is(await within(soon, appending), 'appended')
  assert.equal(store.entries, ['a', 'd'])
  assert.is(log.seq, 2)
  await registers.close()
})

appends('an end that was not answered is found, and ends the log once', async () => {
  const { store, log } = await begin({ fates: ['unanswered', 'unanswered', 'lost', 'lost'] })
  assert.is(await within(soon, log.append(bytesOf(['end']), true)), 'appended')
  assert.equal(store.entries, ['end'])
})

appends('nothing is sent, and the lease is not taken, once it is over', async () => {
  const { store, log, lease, over } = await begin({ fates: [100] })
  const appending = log.append(bytesOf(['a']))
  over.abort()
  const releasing = lease.release()
  assert.is(await within(soon, appending), 'over')
  await releasing
  assert.is(store.register, undefined)
  assert.is(await log.append(bytesOf(['b'])), 'over')
  store.settle()
  assert.equal(store.entries, [])
})

appends('it gives up in the middle of an outage once it is over', async () => {
  const { store, log, over, lease } = await begin({ fates: Array<Fate>(50).fill('lost') })
  const appending = log.append(bytesOf(['a']))
  while (store.calls < 5) await turn()
  over.abort()
  assert.is(await within(soon, appending), 'over')
  assert.is(lease.isHeld, true)
})

appends.run()

const leases = suite('Lease')

leases('one that is given back while it is taken is free, and is not renewed', async () => {
  const store = new FaultyStore()
  const answer = deferred()
  const { lease, registers } = leaseOf(store, async (name, change) => {
    const before = await store.swap(name, change)
    await answer.promise
    return before
  })
  const taking = lease.take()
  await turn()
  const releasing = lease.release()
  answer.resolve()
  assert.is(await taking, true)
  await releasing
  assert.is(store.register, undefined)
  assert.is(registers.has(key), false)
})

for (const fate of ['unanswered', 'lost'] as const)
  leases(`one is free when it is given back after a call that was ${fate}`, async () => {
    for (const before of [0, 1]) {
      const store = new FaultyStore({ fates: [...Array<Fate>(before).fill('answered'), fate] })
      const { lease, registers } = leaseOf(store)
      for (let i = 0; i < before; i++) await lease.take()
      await rejects(() => lease.take(), Error)
      await lease.release()
      assert.is(store.register, undefined)
      assert.is(registers.has(key), false)
    }
  })

leases('one that has expired gets a new value at its renewal, never an old one', async () => {
  const store = new FaultyStore()
  const { lease, registers, losses } = leaseOf(store)
  const values = new Set<string | undefined>()
  await lease.take()
  for (let i = 0; i < 3; i++) {
    values.add(store.register)
    store.register = undefined
    await registers.look(key)
    assert.is(lease.fence.value, store.register)
  }
  assert.is(values.size, 3)
  assert.is(losses(), 0)
})

leases('one that a call without an answer has changed stays renewed', async () => {
  const store = new FaultyStore({ fates: ['answered', 'unanswered'] })
  const { lease, registers, losses } = leaseOf(store)
  await lease.take()
  await rejects(() => lease.take(), Error)
  await registers.look(key)
  assert.is(registers.has(key), true)
  assert.is(lease.fence.value, store.register)
  assert.is(losses(), 0)
})

leases(
  'one that another process has had is not taken by a renewal once it was given up',
  async () => {
    const store = new FaultyStore()
    const { lease, registers } = leaseOf(store)
    await lease.take()
    store.register = 'other'
    assert.is(await lease.take(), false)
    store.register = undefined
    await registers.look(key)
    assert.is(store.register, undefined)
    assert.is(registers.has(key), false)
  },
)

leases('a renewal tells once that another process has it', async () => {
  const store = new FaultyStore()
  const { lease, registers, losses } = leaseOf(store)
  await lease.take()
  store.register = 'other'
  await registers.look(key)
  await registers.look(key)
  assert.is(losses(), 1)
  assert.is(lease.isHeld, false)
  assert.is(store.register, 'other')
})

leases.run()
