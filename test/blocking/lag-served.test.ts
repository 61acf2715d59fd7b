// A real server and the real clock: that it names who held the loop, not whom else: this machine may stop a process.
import { lagWarning } from '@sluice/blocking'
import { readText } from '@sluice/body'
import { stack, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serving } from '../support/server/serving.ts'
import type { LoopLag } from '@sluice/blocking'
import type { Handler } from '@sluice/stack'

const compute = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const handlers: Readonly<Record<string, Handler>> = {
  call: () => {
    compute(60)
    return text('done')
  },
  body: () =>
    stream(
      (function* () {
        yield 'one'
        compute(60)
        yield 'two'
      })(),
    ),
  callback: async ({ body }) => {
    const content = await readText(body)
    compute(60)
    return text(content)
  },
}

const served = suite('lagWarning: in a server')

for (const [place, handler] of Object.entries(handlers))
  served(
    `a handler that holds the loop in its ${place} is named`,
    serving(async (start) => {
      const lags: LoopLag[] = []
      const watch = lagWarning({
        maxLagMs: 20,
        callbacks: 'always',
        name: 'guilty',
        onLag: (lag) => lags.push(lag),
      })
      const site = await start(stack(watch)(handler))
      const { status } = await site.ask(
        'POST /a?b HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi',
      )
      assert.is(status, 200)
      const found = lags.find((lag) => lag.place === place && lag.heldMs >= 60)
      assert.equal([found?.handler, found?.method, found?.path], ['guilty', 'POST', '/a'])
    }),
  )

served.run()
