import { answerError } from '@sluice/stack'
import type { HostContext } from '../host-context.ts'
import type { Incoming, Outgoing } from '../incoming/incoming.ts'

/** What stands in the place of `next` if the caller has given none: nothing follows. */
export const endWithout =
  (req: Incoming, res: Outgoing, { report }: HostContext) =>
  (error?: unknown): void => {
    const status = error === undefined ? 404 : answerError(error).status
    if (error !== undefined) report(error, undefined, status)
    if (res.headersSent) return
    res.statusCode = status
    res.setHeader('content-type', 'text/plain; charset=utf-8')
    res.end(error === undefined ? `Cannot ${req.method} ${req.url}` : `Error ${status}`)
  }
