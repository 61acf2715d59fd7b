// The server is no filter, but bodies pass through it: what a client reads of them keeps the laws that can be seen there.
import '../support/steady-turns.ts'
import { get } from 'node:http'
import { toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { mapBytes, pipe, tap } from '@sluice/filter'
import { lawTests } from '@sluice/laws'
import { serve } from '@sluice/server'
import { empty, stream } from '@sluice/stack'
import { suite } from 'uvu'
import { runsFor, seedFor } from '../support/holds.ts'
import { later } from '../support/laws/filter-of.ts'
import type { IncomingMessage } from 'node:http'
import type { AnyFrame, Body } from '@sluice/body'
import type { LawOptions } from '@sluice/laws'
import type { RunningServer } from '@sluice/server'

/** Bodies that wait to be asked for, by their target. */
const bodies = new Map<string, Body<AnyFrame>>()
let asked = 0
let server: RunningServer

const ask = (target: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(`${server.url}${target}`, { agent: false }, resolve).on('error', reject)
  })

const unsized = mapBytes((bytes) => bytes)

/** What a client reads of a body that a handler answers with. Closed when the server has let go of the body. */
const overTheWire = (body: Body<AnyFrame>): Body<AnyFrame> => {
  const target = `/${++asked}`
  let letGo = () => {}
  const gone = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let isSent = false
  const received = later(async () => {
    isSent = true
    // In the chunked coding: of a content-length, a client has all when it has so many bytes, whatever comes then.
    bodies.set(
      target,
      pipe(
        body,
        unsized,
        tap(() => ({ close: () => letGo() })),
      ),
    )
    const response = await ask(target)
    // What fails before the first byte is a response with a status.
    if (response.statusCode !== 200) throw new Error(`answered with ${response.statusCode}`)
    return toBody(response)
  }, body)
  return fromPull(() => {
    const reading = pullFrom(received)
    return {
      pull: () => reading.pull(),
      async close() {
        await reading.close()
        if (isSent) await gone
      },
    }
  })
}

const wire: LawOptions = {
  seed: seedFor(20_261_120),
  runs: runsFor(15),
  timeoutMs: 30_000,
  // Its receipts are told by the kernel, which is asked for in the server's own tests.
  refuses: ['flush'],
  drops: ['pause', 'trailers', 'other'],
  closesLate: true,
}

const laws = suite('the frame laws: what a client reads')

laws.before(async () => {
  const handler = ({ target }: { readonly target: string }) => {
    const body = bodies.get(target)
    bodies.delete(target)
    return body === undefined ? empty({ status: 404 }) : stream(body)
  }
  server = await serve(handler, { port: 0, onError: () => {} })
})
laws.after(() => server.close())

for (const { law, name, run } of lawTests(() => overTheWire, wire))
  if ([6, 7, 9].includes(law)) laws(name, run)

// A client sees that it failed, and not why.
for (const { law, name, run } of lawTests(() => overTheWire, { ...wire, mayFail: true }))
  if ([3, 10].includes(law)) laws(name, run)

laws.run()
