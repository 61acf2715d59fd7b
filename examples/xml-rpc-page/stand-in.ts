// In the place of another server: it answers XML-RPC on a port of its own, quickly, slowly, with a fault, or never.
import { readText } from '@sluice/body'
import { sleep, until } from '@sluice/pause'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'
import { readCall, writeFault, writeResponse } from './xml-rpc.ts'
import type { RunningServer } from '@sluice/server'
import type { Handler } from '@sluice/stack'
import type { MethodCall } from './xml-rpc.ts'

const answer = async ({ method, params }: MethodCall, signal: AbortSignal): Promise<string> => {
  switch (method) {
    case 'river.level':
      return writeResponse({ place: params[0] ?? '', metres: 1.25, rising: true })
    case 'lock.times':
      await sleep(1200, { signal })
      return writeResponse(['08:00', '11:30', '17:00'])
    case 'bridge.openings':
      await sleep(400, { signal })
      return writeFault(4, 'the bridge <Long Tom> is closed')
    case 'ferry.position':
      // Never: it ends when the caller leaves.
      await until(signal, 'abort')
  }
  return writeFault(-32601, `there is no method ${method}`)
}

const handler: Handler = async ({ body, client }) => {
  const call = readCall(await readText(body, { maxBytes: 65_536 }))
  const headers = { 'content-type': 'text/xml; charset=utf-8' }
  return text(await answer(call, client.signal), { headers })
}

let running: Promise<RunningServer> | undefined
let users = 0

/** Runs the server for as long as somebody uses it. */
export const withStandIn = async <T>(use: (url: string) => PromiseLike<T>): Promise<T> => {
  running ??= serve(handler, { port: 0 })
  const server = running
  users++
  try {
    return await use((await server).url)
  } finally {
    users--
    if (users === 0) {
      running = undefined
      // Nobody waits for it. If it has not started, `use` was not called, and the caller has the error.
      server.then(
        (started) => started.close({ graceMs: 0 }),
        () => {},
      )
    }
  }
}
