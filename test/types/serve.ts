// The signals of the web are those of the server. Compiled by the test run with and without `dom`, never run.
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'

const isOver = (signal: AbortSignal): boolean => signal.aborted
const stop = new AbortController()
export const server: ReturnType<typeof serve> = serve(
  ({ client }) => text(String(isOver(client.signal) || isOver(client.draining))),
  { signal: stop.signal },
)
