// @slow 8
// Functions that compute for long, beside requests that are answered at once. Order and counts are checked; how long pings take is
// measured by `node build.mjs bench blocking`.
import { setTimeout as sleep } from 'node:timers/promises'
import { blocking } from '@sluice/blocking'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { program } from '../support/blocking/program.ts'
import { serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { HttpRequest } from '@sluice/stack'

const threads = 4
const pingsASecond = 200
const pingCount = 400

const beside = suite('asynchronous requests beside blocking functions')

beside(
  'are all answered while every thread computes',
  serving(async (start) => {
    // The functions compute until they are told to stop, at least for the two seconds that the pings take.
    const stop = new Int32Array(new SharedArrayBuffer(8))
    const computes = blocking<Int32Array>(program('functions'), {
      threads,
      timeoutMs: 60_000,
      exportName: 'computes',
    })
    const { server } = await start((request: HttpRequest) =>
      request.target === '/ping' ? text('pong') : computes(request, stop),
    )
    const answered: string[] = []
    const ask = async (target: string) => {
      const response = await fetch(`${server.url}${target}`)
      answered.push(await response.text())
    }
    const computing = Array.from({ length: threads }, () => ask('/compute'))
    while (Atomics.load(stop, 1) < threads) await sleep(5)
    const pings: Promise<void>[] = []
    for (let count = 0; count < pingCount; count++) {
      pings.push(ask('/ping'))
      await sleep(1000 / pingsASecond)
    }
    await within(50_000, Promise.all(pings))
    const before = [...answered]
    Atomics.store(stop, 0, 1)
    await within(10_000, Promise.all(computing))
    assert.equal(before, new Array(pingCount).fill('pong'))
    assert.equal(answered.slice(pingCount), new Array(threads).fill('computed'))
    await computes.close()
  }),
)

beside.run()
