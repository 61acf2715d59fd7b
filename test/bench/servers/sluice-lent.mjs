// As sluice.mjs, but for a reader of uploads that keeps no bytes, and says so.
import { isData, lent } from '@sluice/body'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { serving } from './support/serving.mjs'

const receive = async ({ body }) => {
  let bytes = 0
  for await (const frame of lent(body)) if (isData(frame)) bytes += frame.bytes.length
  return text(`${bytes}`)
}

await serving({
  transfer: async () => (await serve(receive, { idleTimeoutMs: 120_000 })).port,
})
